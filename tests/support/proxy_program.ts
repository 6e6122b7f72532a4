/** Real proxies in front of a server, each a program with a configuration. */

import { text } from "node:stream/consumers";
import tls from "node:tls";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { type Program, programPath } from "./optional.ts";
import { takePort } from "./ports.ts";

/** A proxy that has started. */
export interface Proxy extends AsyncDisposable {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** A folder of its own, with `certificate.pem` in it. */
  readonly folder: string;
  readonly certificate: Certificate;
  /** Sends a request by TLS from one of the addresses of loopback; returns the response as text. */
  ask(request: string, address?: string): Promise<string>;
}

/** The differences between proxies. */
export interface ProxyProgram {
  readonly program: Program;
  /** Writes the configuration. */
  configure(proxy: Pick<Proxy, "port" | "folder">): string;
  /** Arguments that make it run in the foreground. */
  args(configuration: string): string[];
}

/** Starts a proxy and waits until it accepts connections. */
export async function startProxy({ program, configure, args }: ProxyProgram): Promise<Proxy> {
  const port = takePort();
  const folder = await Deno.makeTempDir();
  const certificate = await makeCertificate();
  const { cert, key } = certificate;
  await Deno.writeTextFile(`${folder}/certificate.pem`, cert + key);
  const configuration = `${folder}/proxy.conf`;
  await Deno.writeTextFile(configuration, configure({ port, folder }));
  const child = new Deno.Command(programPath(program), {
    args: args(configuration),
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  while (!await accepts(port)) {
    if (hasEnded) throw new Error(`${program} does not start`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return {
    port,
    folder,
    certificate,
    async ask(request, localAddress = "127.0.0.1") {
      const options = { host: "127.0.0.1", port, localAddress, ca: cert, servername: "localhost" };
      const socket = tls.connect(options);
      socket.write(request);
      return await text(socket);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
