/**
 * A worker that connects some times and sends the same bytes without pause. Reads all it is sent.
 */

/** A request to the worker. */
export interface Flood {
  readonly port: number;
  readonly connections: number;
  /** Sent once at first, and answered before the rest is sent; or nothing. */
  readonly opening: string;
  /** Sent again and again. */
  readonly bytes: Uint8Array;
}

/** Lets a worker flood a port. Resolves when all its connections send. */
export async function startFlood(flood: Flood): Promise<Disposable> {
  const worker = new Worker(import.meta.url, { type: "module" });
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    worker.postMessage(flood, [port2]);
  });
  port1.close();
  return { [Symbol.dispose]: () => worker.terminate() };
}

async function connect({ port, opening }: Flood): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  if (opening === "") return conn;
  await conn.write(new TextEncoder().encode(opening));
  await conn.read(new Uint8Array(4096));
  return conn;
}

async function discard(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (await conn.read(buffer) !== null);
}

async function sendWithoutPause(conn: Deno.TcpConn, bytes: Uint8Array): Promise<never> {
  for (;;) {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
    await new Promise((resolve) => setTimeout(resolve, 0)); // so that the other ones send, too
  }
}

async function flood(data: Flood): Promise<void> {
  const conns = await Promise.all(Array.from({ length: data.connections }, () => connect(data)));
  for (const conn of conns) {
    discard(conn);
    sendWithoutPause(conn, data.bytes);
  }
}

if ("WorkerGlobalScope" in globalThis) {
  globalThis.addEventListener("message", async (event) => {
    // The cast: this is a worker, where the types are those of a window.
    const { data, ports } = event as MessageEvent<Flood>;
    await flood(data);
    ports[0]!.postMessage("floods");
  });
}
