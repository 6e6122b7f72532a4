/** Publishing by HTTP, for back ends that hold no connection. */

import { EventError } from "../../app/events/errors.ts";
import type { Publishing } from "../../app/http_publish.ts";
import type { RequestInfo } from "../../types.ts";
import { checkMethod, decodeText, errorResponse, HttpError, jsonResponse } from "../http_answer.ts";
import { parseJson } from "../json/parse_json.ts";

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

/** @throws {HttpError} 400. */
function parseBody(text: string): { room: string; event: string; data: object } {
  const { room, event, data = {} } = parseObject(text);
  if (typeof room !== "string" || typeof event !== "string") {
    throw invalid("Body must have the texts room and event");
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw invalid("The data must be an object");
  }
  return { room, event, data };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw new HttpError(400, "PARSE_ERROR", "Invalid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("Body must be an object");
  }
  // The cast: what is an object and no array has names and values.
  return value as Record<string, unknown>;
}

function invalid(message: string): HttpError {
  return new HttpError(400, "INVALID_MESSAGE", message);
}
