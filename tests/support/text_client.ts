/** Deno's own WebSocket, with text messages as they come. */

/** A connected client. */
export interface TextClient {
  readonly socket: WebSocket;
  /** The next message. */
  next(): Promise<string>;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<CloseEvent>;
}

/**
 * Connects.
 *
 * @throws {Error} The server does not let us in.
 */
export async function connectClient(url: string): Promise<TextClient> {
  const socket = new WebSocket(url);
  const messages: string[] = [];
  const waiting: ((message: string) => void)[] = [];
  socket.addEventListener("message", ({ data }) => {
    const next = waiting.shift();
    if (next === undefined) messages.push(data);
    else next(data);
  });
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error(`Cannot connect to ${url}`)));
  });
  return {
    socket,
    closed,
    next() {
      const message = messages.shift();
      if (message !== undefined) return Promise.resolve(message);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
