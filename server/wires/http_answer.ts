/** Requests and responses of the HTTP wires: bodies, errors, and what pages of others may read. */

import { encodeError } from "../../wire/server_message.ts";

/** Decides which pages may use the server, as `serve` was told. */
export interface HttpGate {
  /** Whether pages of an origin may send requests for a URL. */
  allowsOrigin(origin: string, url: string): boolean;
}

/** A request that cannot be served, as the response says it. */
export class HttpError extends Error {
  override readonly name = "HttpError";

  constructor(
    readonly status: number,
    /** One of the codes of the JSON wire, or one of this wire. */
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** More fields of the error, as an application has given them. */
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

/** Answers with an error in the form in which the JSON wire has it. */
export function errorResponse(error: HttpError): Response {
  const { status, headers } = error;
  return jsonResponse(encodeError(error), { status, headers });
}

/** Answers with JSON that nobody keeps. */
export function jsonResponse(
  json: BodyInit,
  init: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const { status = 200, headers } = init;
  return new Response(json, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/**
 * Checks the method of a request.
 *
 * @param allowed One method or several, as the field Allow lists them.
 * @throws {HttpError} 405, with what is allowed.
 */
export function checkMethod(request: Request, allowed: string): void {
  if (allowed.split(", ").includes(request.method)) return;
  throw new HttpError(405, "INVALID_MESSAGE", "Method not allowed", { allow: allowed });
}

/**
 * Reads the bytes of a body as text.
 *
 * @throws {HttpError} 400: it is not UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError(400, "PARSE_ERROR", "Body is not UTF-8");
  }
}

/**
 * Refuses requests of pages that may not use this server. A page's request for an image or a script
 * carries no Origin: browsers say in Sec-Fetch-Site where it comes from. Requests with neither do
 * not come from a browser and are allowed.
 *
 * @throws {HttpError} 403.
 */
export function checkSource(request: Request, gate: HttpGate): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site") ?? "none";
  const isAllowed = origin === null
    ? site === "none" || site === "same-origin"
    : gate.allowsOrigin(origin, request.url);
  if (!isAllowed) throw new HttpError(403, "FORBIDDEN", "Origin is not allowed");
}

/** Lets the page that asked read the response, which `checkSource` has let through. */
export function exposeTo(request: Request, response: Response): Response {
  const origin = request.headers.get("origin");
  response.headers.append("vary", "origin");
  if (origin === null) return response;
  response.headers.set("access-control-allow-origin", origin);
  response.headers.set("access-control-allow-credentials", "true");
  return response;
}

/**
 * Adds the fields that a hook wants the client to have; those of the transport stay as they are.
 */
export function addHeaders(response: Response, headers: HeadersInit | undefined): Response {
  for (const [name, value] of new Headers(headers)) {
    if (name === "set-cookie" || !response.headers.has(name)) response.headers.append(name, value);
  }
  return response;
}

/**
 * Answers a browser that asks before it sends. Fetch standard, "CORS protocol".
 *
 * @param methods The allowed methods.
 * @param fields The header fields that it may send with it.
 */
export function preflightResponse(
  methods: string,
  fields = "authorization, content-type, last-event-id",
): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": methods,
      "access-control-allow-headers": fields,
      "access-control-max-age": "600",
    },
  });
}
