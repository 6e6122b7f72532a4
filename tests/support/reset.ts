/** Connections that end by a reset: TCP's RST, which Deno's own sockets cannot send. */

import net from "node:net";

/** Connects, sends some text if there is any, and resets the connection. */
export async function connectAndReset(port: number, text = ""): Promise<void> {
  const socket = net.connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.on("connect", resolve));
  if (text !== "") await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  await new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
    socket.resetAndDestroy();
  });
}
