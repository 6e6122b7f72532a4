/** The parts of every example server: flags for the address, TLS files, one line on failure. */

// deno-lint-ignore-file no-console -- programs talk to the terminal

import type { Certificate, ServeOptions, Server } from "@hawser/ws";

/** Where to listen, for `readFlags`. */
export const listenFlags = {
  port: {
    type: "number",
    metavar: "N",
    max: 65_535,
    default: 8080,
    help: "Port to listen on; 0 takes a free one",
  },
  hostname: {
    type: "text",
    metavar: "HOST",
    default: "127.0.0.1",
    help: "Address to listen on; 0.0.0.0 is all of them",
  },
  cert: { type: "text", metavar: "FILE", help: "Certificate chain in PEM, for https and wss" },
  key: { type: "text", metavar: "FILE", help: "Private key in PEM" },
} as const;

/** The values of {@linkcode listenFlags}. */
export interface ListenValues {
  port: number;
  hostname: string;
  cert: string | undefined;
  key: string | undefined;
}

/**
 * Starts a server and says where it listens. A failure is said in one line, and the
 * program ends with 1.
 *
 * @param values Values of the flags.
 * @param start Serves with the options that it is given.
 * @param say Prints a line for people.
 * @returns The running server.
 */
export async function listen(
  values: ListenValues,
  start: (options: ServeOptions) => Server | Promise<Server>,
  say: (line: string) => void = console.log,
): Promise<Server> {
  const { port, hostname } = values;
  try {
    // It is said when all is set up: signals, too.
    const options: ServeOptions = { port, hostname, onListen() {} };
    if (values.cert !== undefined) options.cert = await readPem(values.cert);
    if (values.key !== undefined) options.key = await readPem(values.key);
    const server = await start(options);
    say(`Listening on ${urlOf(server.addr, values.cert !== undefined)}`);
    return server;
  } catch (error) {
    return await fail(error, values);
  }
}

/**
 * Ends the program with one line that says what stands in the way. In a worker it throws that line:
 * the first thread decides what becomes of the program.
 *
 * @param error The error.
 * @param values Values of the flags.
 * @returns Never resolves.
 * @throws {Error} This is a worker.
 */
export async function fail(error: unknown, values: ListenValues): Promise<never> {
  const reason = reasonOf(error, values);
  if (await isWorker()) throw new Error(`${reason}`, { cause: error });
  console.error(reason);
  Deno.exit(1);
}

/** Whether this is a thread of another one, of either kind that there is. */
async function isWorker(): Promise<boolean> {
  if ("WorkerGlobalScope" in globalThis) return true;
  const { isMainThread } = await import("node:worker_threads");
  return !isMainThread;
}

/**
 * Finds out whether the port is free, before threads are started that would all find it taken.
 *
 * @param values Values of the flags.
 * @returns Where they can listen.
 * @throws {Error} They cannot.
 */
export function checkPort({ port, hostname }: ListenValues): Deno.NetAddr {
  using listener = Deno.listen({ port, hostname });
  return listener.addr;
}

/**
 * Reads the files of the certificate.
 *
 * @param values Values of the flags.
 * @returns Their texts.
 * @throws {Error} A flag is missing, or its file cannot be read.
 */
export async function readCertificate({ cert, key }: ListenValues): Promise<Certificate> {
  if (cert === undefined || key === undefined) throw new Error("--cert and --key go together");
  return { cert: await readPem(cert), key: await readPem(key) };
}

async function readPem(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(`Cannot read ${file}: ${reason}`, { cause });
  }
}

/**
 * Writes an address as people open it.
 *
 * @param address Where a server listens.
 * @param secure Whether it speaks TLS.
 * @returns The URL.
 */
export function urlOf({ hostname, port }: Deno.NetAddr, secure: boolean): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${secure ? "https" : "http"}://${host}:${port}/`;
}

function reasonOf(error: unknown, { hostname, port }: ListenValues): unknown {
  const what = listenFault(error);
  if (what !== undefined) return `Cannot listen on ${hostname}:${port}: ${what}`;
  return error instanceof Error ? error.message : error;
}

/** What the system says of the address, or the port, in the words of the flags. */
function listenFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof Deno.errors.AddrInUse) return "the port is taken; choose another by --port";
  if (error instanceof Deno.errors.AddrNotAvailable) return "--hostname is not of this machine";
  if (error.message.includes("failed to lookup address")) return "--hostname is not known";
  const isPort = error instanceof Deno.errors.PermissionDenied && !("cause" in error);
  return isPort ? "the system does not allow it, as with ports below 1024" : undefined;
}
