/** Responses that are the same each time: encoded once, not for each request. */

import { type FieldList, peekFields, takeKnownBody } from "./known_body.ts";

/** A whole response as it goes over the wire. */
export interface EncodedResponse {
  readonly bytes: Uint8Array;
  /** The `Date` in it. */
  readonly date: string;
  /** Seconds for which it says that the connection is kept. */
  readonly keepAlive: number | undefined;
  /** Whether its fields ask for the end of the connection. */
  readonly asksToEnd: boolean;
}

/** What all responses of one {@linkcode prepareResponse} have in common. */
export class ResponseTemplate {
  readonly #body: string | Uint8Array<ArrayBuffer> | null;
  readonly #first: Response;
  readonly #fields: FieldList | undefined;
  /** Kept by the writer of our own server, by kinds of requests that it tells apart. */
  readonly encoded: (EncodedResponse | undefined)[] = [];

  constructor(body: string | Uint8Array | null, init: ResponseInit) {
    this.#body = body instanceof Uint8Array ? body.slice() : body;
    this.#first = new Response(this.#body, init);
    // To ask for them makes one list of the body's type and the other fields.
    void this.#first.headers;
    this.#fields = peekFields(this.#first)?.map(([name, value]) => [name, value]);
  }

  /** Makes a response that is independent of all others. */
  make(): Response {
    // A clone of text takes 0.3 us where a new response with two fields takes 2 to 5. One of bytes
    // would share them.
    return this.#body instanceof Uint8Array
      ? new Response(this.#body, this.#first)
      : this.#first.clone();
  }

  /** Whether a response that it has made has the fields that it had. */
  isLike(response: Response): boolean {
    const fields = peekFields(response);
    if (fields === undefined || fields.length !== this.#fields?.length) return false;
    for (let at = 0; at < fields.length; at++) {
      const [field, ours] = [fields[at]!, this.#fields[at]!];
      if (field[0] !== ours[0] || field[1] !== ours[1]) return false;
    }
    return true;
  }
}

const templates = new WeakMap<Response, ResponseTemplate>();

/**
 * Takes the template of a response of {@linkcode prepareResponse} that nobody has read or changed:
 * the response is used up then. `undefined` for all others.
 */
export function takeTemplate(response: Response): ResponseTemplate | undefined {
  const template = templates.get(response);
  if (template === undefined || !template.isLike(response)) return undefined;
  return takeKnownBody(response) === undefined ? undefined : template;
}

/**
 * Prepares a response that many requests get: a page, a file, an error. Our own server encodes its
 * head and body once a second, in which `Date` stays the same; a `new Response` for each request
 * has all its fields checked and formatted each time. Each response may be changed and read as any
 * other. Text is cheaper than bytes, which are copied for each response.
 *
 * @param body Text or bytes, which are copied; `null` for no body.
 * @param init Status and header fields, as for `new Response`.
 * @returns Makes the response for one request.
 * @throws {TypeError} Status or fields are not those of a response, or it cannot have a body.
 *
 * @example A file that stays in memory
 * ```ts
 * import { prepareResponse, serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const robots = prepareResponse("User-agent: *\n", { headers: { "cache-control": "no-cache" } });
 * await using server = serve({
 *   port: 0,
 *   hostname: "127.0.0.1",
 *   fetch: () => robots(),
 * }, () => {});
 *
 * const response = await fetch(`http://127.0.0.1:${server.addr.port}/robots.txt`);
 * assertEquals(await response.text(), "User-agent: *\n");
 * assertEquals(response.headers.get("cache-control"), "no-cache");
 * ```
 */
export function prepareResponse(
  body: string | Uint8Array | null,
  init: ResponseInit = {},
): () => Response {
  const template = new ResponseTemplate(body, init);
  return function make(): Response {
    const response = template.make();
    templates.set(response, template);
    return response;
  };
}

/**
 * Prepares a response of our own with the first request for it: `Response` is long to load, and a
 * server of WebSockets alone never needs it.
 */
export function prepareLater(body: string | null, init: ResponseInit): () => Response {
  let make: (() => Response) | undefined;
  return function makeLater(): Response {
    make ??= prepareResponse(body, init);
    return make();
  };
}
