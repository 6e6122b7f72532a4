/** Long polling as a transport: `GET /poll` receives, `POST /events` sends. */

import type { CloseInfo } from "./close_code.ts";
import { isObject } from "./message.ts";
import type { OpenTransport } from "./transport.ts";
import { type HttpLine, type HttpOptions, HttpTransport, readClose } from "./transport_http.ts";

/**
 * Makes a transport that asks again and again; the server answers when it has something. A poll
 * that fails ends the connection: the next one knows by its positions what is missing.
 *
 * @param options Where the server is, and how to get there.
 * @returns What opens connections.
 */
export function pollTransport(options: HttpOptions): OpenTransport {
  return function openPoll(target, handlers): HttpTransport {
    return new HttpTransport(target, handlers, options, receive);
  };
}

async function receive(line: HttpLine): Promise<CloseInfo> {
  let query: Record<string, string> = {};
  while (true) {
    const response = await line.channel.request("poll", query);
    const answer: unknown = await response.json();
    if (!isObject(answer) || typeof answer.session !== "string") return readClose(undefined);
    line.alive();
    if (query.session === undefined) line.opened(answer.session);
    query = { session: answer.session };
    const messages = Array.isArray(answer.messages) ? answer.messages : [];
    for (const message of messages) line.message(JSON.stringify(message));
    if (answer.close !== undefined) return readClose(answer.close);
  }
}
