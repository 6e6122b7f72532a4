/** One upgrade request: answered by a refusal, or by handing the socket over. */

import { HandshakeError } from "../../../protocol/errors.ts";
import type { Outcome } from "./http_exchange.ts";
import type { HttpContext } from "./http_context.ts";
import type { HttpStream } from "./http_stream.ts";
import type { Socket } from "../listen/socket.ts";
import type { ReportedRequest } from "./reported_request.ts";
import { writeResponse } from "./response_writer.ts";

/** The connection, as an upgrade sees it. */
export interface UpgradeOwner {
  readonly socket: Socket;
  readonly context: HttpContext;
  /** Takes the connection out of the count of its client; absent where it is not counted. */
  readonly release: (() => void) | undefined;
  /** A handler has thrown. */
  handlerFailed(error: unknown): void;
  /** The request was refused. */
  rejected(status: number, reason: string): void;
}

/**
 * Asks the server about an upgrade.
 *
 * @returns `upgraded`, or `end` after a refusal: a proxy may believe that this is a tunnel now, so
 * no further request is read from it.
 * @throws {HandshakeError} The upgrade is refused.
 */
export function answerUpgrade(
  request: ReportedRequest,
  stream: HttpStream,
  owner: UpgradeOwner,
): Outcome | Promise<Outcome> {
  try {
    const answer = owner.context.handlers.upgrade({
      socket: owner.socket,
      head: request.head,
      rest: stream.release(),
      remoteAddress: request.remoteAddress,
      url: request.url,
      release: owner.release,
    });
    return answer === undefined ? "upgraded" : awaitUpgrade(answer, request, stream, owner);
  } catch (error) {
    throw errorOf(error, stream, owner);
  }
}

async function awaitUpgrade(
  answer: Response | Promise<Response | undefined>,
  { head }: ReportedRequest,
  stream: HttpStream,
  owner: UpgradeOwner,
): Promise<Outcome> {
  let refusal: Response | undefined;
  try {
    refusal = await answer;
  } catch (error) {
    throw errorOf(error, stream, owner);
  }
  if (refusal === undefined) return "upgraded";
  owner.rejected(refusal.status, "Refused by the application");
  await writeResponse(refusal, {
    method: head.method,
    version: head.version,
    ends: () => true,
    signal: new AbortController().signal,
    aborted: false,
    sendWhole: (head, body) => stream.sendHead(head, body),
    sendPrepared: (bytes) => stream.send(bytes),
    sendHead: (head, body) => stream.sendHead(head, body),
    send: (bytes) => stream.send(bytes),
    streaming() {},
    turnToWrite: () => Promise.resolve(),
  });
  return "end";
}

/** The answer to an upgrade that was refused, or whose handler has thrown. */
function errorOf(error: unknown, stream: HttpStream, owner: UpgradeOwner): unknown {
  // A deadline may have closed the socket under the handler.
  if (error instanceof HandshakeError || stream.closed) return error;
  owner.handlerFailed(error);
  return new HandshakeError(500, "Internal Server Error");
}
