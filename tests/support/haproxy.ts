/** HAProxy in front of a server, with the PROXY protocol. */

import net from "node:net";
import { text } from "node:stream/consumers";
import { programPath } from "./optional.ts";

/** What it does. */
export interface HaproxyOptions {
  /** Port of the server behind it. */
  readonly to: number;
  /** The option of its line `server`. */
  readonly version: "send-proxy" | "send-proxy-v2";
}

/** A running HAProxy. */
export interface Haproxy extends AsyncDisposable {
  /** Where it listens, on every address of loopback. */
  readonly port: number;
  /** Asks for `/` from one of the addresses of loopback, and returns the response as text. */
  fetchFrom(address: string): Promise<string>;
}

/** Starts HAProxy and waits until it accepts connections. */
export async function startHaproxy({ to, version }: HaproxyOptions): Promise<Haproxy> {
  const port = freePort();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/haproxy.cfg`,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend clients
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  server hawser 127.0.0.1:${to} ${version}
`,
  );
  const child = new Deno.Command(programPath("haproxy"), {
    args: ["-db", "-f", `${folder}/haproxy.cfg`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (!await accepts(port)) await new Promise((resolve) => setTimeout(resolve, 5));
  return {
    port,
    async fetchFrom(address) {
      const socket = net.connect({ host: "127.0.0.1", port, localAddress: address });
      socket.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      return await text(socket);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
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
