/** Responses that `fetch` has brought: their bodies are decoded, and their heads are as they came. */

import { takeKnownBody } from "./known_body.ts";

/** The encodings that Deno's `fetch` takes off a body. */
const decodedCodings: ReadonlySet<string> = new Set(["gzip", "br"]);

/**
 * Tells whether `content-encoding` and `content-length` of a response are true no more, as `fetch`
 * has decoded the body. Of all responses only those of `fetch`, and their clones, have a URL.
 */
export function isDecoded(response: Response): boolean {
  if (response.url === "") return false;
  const coding = response.headers.get("content-encoding") ?? "";
  return decodedCodings.has(coding.toLowerCase());
}

/** The fields of a response that are true of its body. */
export function trueHeaders(response: Response): Headers {
  if (!isDecoded(response)) return response.headers;
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return headers;
}

/** A response of the same content whose fields can be changed; the first is used up. */
export function copyResponse(response: Response): Response {
  const { status, statusText } = response;
  return new Response(takeBody(response), { status, statusText, headers: trueHeaders(response) });
}

/** Text without a type stays a stream: a response that is made of it would get one. */
function takeBody(response: Response): BodyInit | null {
  const known = response.headers.has("content-type") ? takeKnownBody(response) : undefined;
  // The cast: a response that is made of bytes of shared memory does not exist.
  return known === undefined ? response.body : known as BodyInit | null;
}
