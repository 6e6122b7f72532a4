/** Server-Sent Events as a transport: `GET /sse` receives, `POST /events` sends. */

import type { CloseInfo } from "./close_code.ts";
import { readEvents } from "./event_stream.ts";
import { isObject } from "./message.ts";
import type { OpenTransport } from "./transport.ts";
import { type HttpLine, type HttpOptions, HttpTransport, readClose } from "./transport_http.ts";

/**
 * Makes a transport that receives one response that does not end. It is read by `fetch`, not by
 * `EventSource`, which tells no status, sends no token, and reconnects on its own.
 *
 * @param options Where the server is, and how to get there.
 * @returns What opens connections.
 */
export function sseTransport(options: HttpOptions): OpenTransport {
  return function openSse(target, handlers): HttpTransport {
    return new HttpTransport(target, handlers, options, receive);
  };
}

async function receive(line: HttpLine): Promise<CloseInfo> {
  const { channel } = line;
  const { body } = await channel.request("sse", {});
  if (body === null) return readClose(undefined);
  let session: string | undefined;
  for await (const { event, data } of readEvents(body, () => line.alive(), channel.signal)) {
    if (event === "close") return readClose(JSON.parse(data));
    if (session === undefined) {
      session = sessionOf(JSON.parse(data));
      if (session !== undefined) line.opened(session);
    }
    line.message(data);
  }
  return readClose(undefined);
}

/** The welcome of a session names it. */
function sessionOf(message: unknown): string | undefined {
  const session = isObject(message) ? message.session : undefined;
  return typeof session === "string" ? session : undefined;
}
