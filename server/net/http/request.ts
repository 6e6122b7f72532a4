/** Makes the standard `Request` of a head. */

import type { HeaderFields } from "../../../protocol/header_fields.ts";
import type { RequestHead } from "../../../protocol/http1.ts";
import type { RequestMaker } from "../../types.ts";
import { makeBodyRequest } from "./body_request.ts";
import { type LazyParts, makeLazyRequest } from "./lazy_request.ts";

/**
 * The URL that a request is for, which every URL parser takes, as the parser of heads has checked
 * target and `Host`: a path is put behind the origin and not resolved against it, and `//evil` stays
 * a path. A target in absolute-form names host and scheme itself, that of CONNECT the host. RFC 9112
 * §3.3.
 *
 * @param head The request's head.
 * @param scheme The scheme, where the target does not name it.
 * @param host The host, where the target does not name it.
 */
export function requestUrl(head: RequestHead, scheme: "http" | "https", host: string): string {
  const { method, target } = head;
  if (target.startsWith("/")) return `${scheme}://${host}${target}`;
  if (target === "*") return `${scheme}://${host}/*`;
  return method === "CONNECT" ? `${scheme}://${target}/` : target;
}

/** The body of a request, as its handler gets it. */
export interface RequestContent {
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Called when the handler reads it as a whole. */
  collect(): void;
}

/** The parts of a `Request` besides its head. */
export interface RequestParts {
  readonly url: string;
  readonly body: RequestContent | undefined;
  readonly signal: AbortSignal;
}

/** Makes a `Request`, with its body if the method can have one. */
export function makeRequest(head: RequestHead, parts: RequestParts): Request {
  const { url, body, signal } = parts;
  const { method } = head;
  // A list: Deno takes 60 times as long to copy a Headers object of 97 fields.
  const headers = listFields(head.fields);
  // The Fetch standard has no body on these two, though HTTP does.
  if (body === undefined || method === "GET" || method === "HEAD") {
    return new Request(url, { method, headers, signal });
  }
  const init = { method, headers, body: body.stream(), signal };
  return makeBodyRequest(url, init, () => body.collect());
}

/**
 * Lists the fields for a Headers object, which joins those of one name by commas. Cookies are
 * joined by semicolons: a proxy may have had them in several fields. RFC 9113 §8.2.3.
 */
export function listFields(fields: HeaderFields): [name: string, value: string][] {
  const list = Array.from(fields, ([name, value]): [string, string] => [name, value]);
  const cookies = fields.getAll("cookie");
  if (cookies.length < 2) return list;
  return [...list.filter(([name]) => name !== "cookie"), ["cookie", cookies.join("; ")]];
}

/**
 * The head of an upgrade request, for the lifetime of its connection: one string of its own, a fifth
 * of the memory that the parsed fields would hold, or that slices of the whole head would.
 */
export class UpgradeRecord {
  /** The URL, then names and values in turn; none of them has a line break. */
  readonly #text: string;

  /** @param url The URL that the request is for. */
  constructor(head: RequestHead, url: string) {
    const texts = [url];
    for (const [name, value] of listFields(head.fields)) texts.push(name, value);
    this.#text = texts.join("\n");
  }

  /** How many bytes it holds. */
  get size(): number {
    return this.#text.length;
  }

  /** Makes the request, without a body: most of it when somebody asks for it. */
  makeRequest(): Request {
    return makeLazyRequest(new UpgradeParts(this.#text));
  }
}

/** The parts of a record's request. */
class UpgradeParts implements LazyParts {
  readonly #text: string;
  readonly method = "GET";
  #signal: AbortSignal | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get url(): string {
    const end = this.#text.indexOf("\n");
    return end < 0 ? this.#text : this.#text.slice(0, end);
  }

  /** Is never aborted: the request has been answered. */
  get signal(): AbortSignal {
    return this.#signal ??= new AbortController().signal;
  }

  fields(): [name: string, value: string][] {
    const [, ...texts] = this.#text.split("\n");
    const fields: [string, string][] = [];
    for (let at = 0; at < texts.length; at += 2) fields.push([texts[at]!, texts[at + 1]!]);
    return fields;
  }

  makeStandard(headers: Headers | [name: string, value: string][]): Request {
    return new Request(this.url, { headers });
  }
}

/** Makes one request for the application and the hook. */
export class RequestOnce implements RequestMaker {
  readonly #record: UpgradeRecord;
  readonly url: string;
  #request: Request | undefined;

  constructor(record: UpgradeRecord, url: string) {
    this.#record = record;
    this.url = url;
  }

  makeRequest(): Request {
    return this.#request ??= this.#record.makeRequest();
  }
}
