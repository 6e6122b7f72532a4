/** Server-Sent Events as a transport: `GET /sse` receives, `POST /events` sends. */

import { parseServerMessage } from "../../wire/server_message.ts";
import type { CloseInfo } from "../close_code.ts";
import { readEvents } from "./event_stream.ts";
import type { HttpOptions } from "./http.ts";
import type { OpenTransport } from "./transport.ts";
import { type DownlinkContext, HttpTransport, readClose, readSession } from "./http_transport.ts";

/**
 * Makes a transport that receives one response that does not end. It is read by `fetch`, not by
 * `EventSource`, which tells no status, sends no token, and reconnects on its own.
 *
 * @param options Paths, `fetch` and limits.
 * @returns A function that opens connections.
 */
export function sseTransport(options: HttpOptions): OpenTransport {
  return function openSse(target, handlers): HttpTransport {
    return new HttpTransport(target, handlers, options, { receive });
  };
}

async function receive(context: DownlinkContext): Promise<CloseInfo> {
  const { channel } = context;
  const { body } = await channel.request("sse", {});
  if (body === null) return readClose(undefined);
  const { signal, options: { maxMessageSize: maxSize } } = channel;
  let isOpen = false;
  for await (
    const { event, data } of readEvents(body, { alive: context.alive, signal, maxSize })
  ) {
    if (event === "close") return readClose(JSON.parse(data));
    // The welcome of a session names it.
    const session = isOpen ? undefined : sessionOf(data);
    if (session !== undefined) {
      isOpen = true;
      context.opened(session);
    }
    context.message(data);
  }
  return readClose(undefined);
}

function sessionOf(text: string): string | undefined {
  const message = parseServerMessage(text);
  return message.kind === "system" ? readSession(message.data) : undefined;
}
