/** The inspector of a program, to end one of its workers as an error does that nobody catches. */

import { waitFor } from "./wait.ts";

/** Flag of `deno run` that offers it on a port. */
export function inspectFlag(port: number): string {
  return `--inspect=127.0.0.1:${port}`;
}

/**
 * Ends one worker.
 *
 * @param port Where the inspector listens.
 * @param message Of the error that ends it.
 */
export async function failWorker(port: number, message: string): Promise<void> {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
  const sessions: string[] = [];
  let isDone = false;
  socket.onmessage = ({ data }) => {
    const { method, params } = JSON.parse(data);
    if (method === "NodeWorker.attachedToWorker") sessions.push(params.sessionId);
    // Its answer, where the worker does not end before that.
    if (method === "NodeWorker.receivedMessageFromWorker") {
      isDone ||= JSON.parse(params.message).id === 2;
    } else if (method === "NodeWorker.detachedFromWorker") isDone = true;
  };
  await new Promise((resolve) => socket.onopen = resolve);
  const send = (id: number, method: string, params: unknown) =>
    socket.send(JSON.stringify({ id, method, params }));
  send(1, "NodeWorker.enable", { waitForDebuggerOnStart: false });
  await waitFor(() => sessions.length > 0);
  const expression = `setTimeout(() => { throw new Error(${JSON.stringify(message)}); })`;
  const evaluate = JSON.stringify({ id: 2, method: "Runtime.evaluate", params: { expression } });
  send(3, "NodeWorker.sendMessageToWorker", { sessionId: sessions[0], message: evaluate });
  await waitFor(() => isDone);
  socket.close();
}
