/** Long polling as a transport: `GET /poll` receives, `POST /events` sends. */

import type { CloseInfo } from "../close_code.ts";
import type { HttpOptions } from "./http.ts";
import { isObject } from "../../wire/parse_json.ts";
import { provokedRate, type Rate, TokenBucket } from "./token_bucket.ts";
import type { OpenTransport } from "./transport.ts";
import { type DownlinkContext, HttpTransport, readClose, readSession } from "./http_transport.ts";

/** Rate of polls that bring nothing: a server that waits for messages answers such polls seldom. */
const emptyRate: Rate = { perSecond: 1, burst: 5 };

/**
 * Makes a transport that asks again and again; the server answers when it has something. A poll
 * that fails ends the connection: the next one knows by its positions what is missing.
 *
 * @param options Paths, `fetch` and limits.
 * @returns A function that opens connections.
 */
export function pollTransport(options: HttpOptions): OpenTransport {
  return function openPoll(target, handlers): HttpTransport {
    return new HttpTransport(target, handlers, options, { receive, leave: "poll" });
  };
}

async function receive(context: DownlinkContext): Promise<CloseInfo> {
  const { channel } = context;
  const { signal, options: { clock } } = channel;
  const [bucket, emptyPace] = [
    new TokenBucket(provokedRate, clock),
    new TokenBucket(emptyRate, clock),
  ];
  let query: Record<string, string> = {};
  while (true) {
    await bucket.turn(signal);
    const answer = await channel.requestJson("poll", query);
    const session = readSession(answer);
    if (!isObject(answer) || session === undefined) return readClose(undefined);
    context.alive();
    if (query.session === undefined) context.opened(session);
    query = { session };
    const messages = Array.isArray(answer.messages) ? answer.messages : [];
    for (const message of messages) context.message(JSON.stringify(message));
    if (answer.close !== undefined) return readClose(answer.close);
    if (messages.length === 0) await emptyPace.turn(signal);
  }
}
