/** Publishing by HTTP, for back ends that hold no connection. */

import type { MalformedMessage } from "../../../wire/event_message.ts";
import { isObject } from "../../../wire/parse_json.ts";
import { malformed, parseMessage, readCarried, type ReadData } from "../../../wire/read_message.ts";
import { EventError } from "../../app/events/errors.ts";
import type { Publishing } from "../../app/http_publish.ts";
import type { RequestInfo } from "../../types.ts";
import { checkMethod, decodeText, errorResponse, HttpError, jsonResponse } from "../http_answer.ts";

/**
 * Answers a request to publish a message.
 *
 * @param publishing Who may publish, and where it goes.
 * @param request The request.
 * @param info Who sends it.
 * @returns The position of the message, or why there is none.
 * @throws {unknown} What the application fails with.
 */
export async function answerPublish(
  publishing: Publishing,
  request: Request,
  { remoteAddress }: RequestInfo,
): Promise<Response> {
  try {
    checkMethod(request, "POST");
    await checkKey(publishing, request, remoteAddress);
    const { room, event, data } = parseBody(decodeText(await request.bytes()));
    const { seq, epoch } = await publishing.publish(room, event, data);
    return jsonResponse(JSON.stringify({ seq, epoch }));
  } catch (error) {
    if (error instanceof HttpError) return errorResponse(error);
    if (!(error instanceof EventError)) throw error;
    return errorResponse(new HttpError(400, error.code, error.message));
  }
}

async function checkKey(
  publishing: Publishing,
  request: Request,
  remoteAddress: string,
): Promise<void> {
  const key = /^bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (key === undefined) {
    throw new HttpError(401, "UNAUTHORIZED", "Missing API key", { "www-authenticate": "Bearer" });
  }
  const verdict = await publishing.verify(key, { request, remoteAddress });
  if (verdict === "limited") {
    throw new HttpError(429, "RATE_LIMITED", "Too many failed attempts", { "retry-after": "60" });
  }
  if (verdict === "refused") throw new HttpError(403, "FORBIDDEN", "Invalid API key");
}

/** A message to be published. */
interface PublishedMessage {
  readonly kind: "publication";
  readonly room: string;
  readonly event: string;
  readonly data: unknown;
}

/** @throws {HttpError} 400. */
function parseBody(text: string): PublishedMessage {
  const message = parseMessage(text, readBody);
  if (message.kind === "publication") return message;
  throw new HttpError(400, message.code, message.message);
}

function readBody(body: unknown, readData: ReadData): PublishedMessage | MalformedMessage {
  if (!isObject(body)) return malformed("INVALID_MESSAGE", "Body must be an object");
  const { room, event } = body;
  if (typeof room !== "string" || typeof event !== "string") {
    return malformed("INVALID_MESSAGE", "Body must have the texts room and event");
  }
  const carried = readCarried(body, readData);
  return "kind" in carried ? carried : { kind: "publication", room, event, data: carried.data };
}
