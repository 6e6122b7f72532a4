/** Common to the transports over plain HTTP: addresses, tokens, and the meaning of responses. */

import type { Clock } from "../../wire/clock.ts";
import { type CloseInfo, maxReasonLength, messageTooBig } from "../close_code.ts";
import { isObject } from "../../wire/parse_json.ts";
import { describe } from "../errors.ts";
import type { Target } from "./transport.ts";

/**
 * As much of `fetch` as the client uses, for the option `fetch`. It is to reject when `init.signal`
 * aborts.
 */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/**
 * Where the server has its fallback transports: paths that stand in the place of `/ws` in the
 * address of the client, and the namespace stays behind them.
 */
export interface FallbackPaths {
  /** Event stream. @default {"/sse"} */
  readonly sse?: string;
  /** Long polling. @default {"/poll"} */
  readonly poll?: string;
  /** Where events are sent to. @default {"/events"} */
  readonly events?: string;
}

/** Settings of the transports over HTTP. */
export interface HttpOptions {
  readonly paths: Required<FallbackPaths>;
  readonly fetch: Fetch;
  /** Longest event, and longest response that is one, in characters or bytes. */
  readonly maxMessageSize: number;
  readonly clock: Clock;
}

/** A response that ends a connection. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";

  /** @param status Of the response, where that is what is wrong. */
  constructor(readonly close: CloseInfo, readonly status?: number) {
    super(close.reason);
  }
}

/** Makes the requests of one connection, and ends them all. */
export class HttpChannel {
  readonly #target: Target;
  readonly #abort = new AbortController();
  readonly options: HttpOptions;

  constructor(target: Target, options: HttpOptions) {
    this.#target = target;
    this.options = options;
  }

  /** Aborts when all is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends what is under way. */
  abort(): void {
    this.#abort.abort();
  }

  /**
   * Makes a request. A redirect fails it: the token and the messages are for this server only.
   *
   * @param path Which of the paths.
   * @param query Fields that are added to the query of the address.
   * @param body A body to be posted.
   * @returns The response, which is a success.
   * @throws {HttpFailure} It is none.
   * @throws {TypeError} The network has failed.
   * @throws {DOMException} The connection was ended.
   */
  async request(
    path: keyof FallbackPaths,
    query: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Response> {
    // Not every `fetch` heeds the signal.
    this.signal.throwIfAborted();
    const init = { signal: this.signal, ...body !== undefined && { method: "POST", body } };
    const response = await this.#fetch(path, query, init);
    if (response.ok) return response;
    throw new HttpFailure(closeOf(response, await reasonOf(response)), response.status);
  }

  /**
   * Tells the server that a session is over, where all else has ended.
   *
   * @param signal Aborts where the server lets it wait.
   * @returns Resolves when it is told, or cannot be.
   */
  async leave(path: keyof FallbackPaths, session: string, signal: AbortSignal): Promise<void> {
    try {
      const init = { method: "DELETE", keepalive: true, signal };
      const response = await this.#fetch(path, { session }, init);
      await response.body?.cancel();
    } catch {
      // The session ends by itself then, after its time.
    }
  }

  #fetch(
    path: keyof FallbackPaths,
    query: Readonly<Record<string, string>>,
    init: RequestInit,
  ): Promise<Response> {
    const { paths, fetch } = this.options;
    const url = fallbackUrl(this.#target.url, paths[path]);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { token } = this.#target;
    return fetch(url, {
      credentials: "include",
      cache: "no-store",
      redirect: "error",
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...init,
    });
  }

  /**
   * Makes a request that is answered by JSON.
   *
   * @throws {HttpFailure} It is no success, or too long.
   * @throws {SyntaxError} It is no JSON.
   * @throws {TypeError} The network has failed.
   */
  async requestJson(...request: Parameters<HttpChannel["request"]>): Promise<unknown> {
    const response = await this.request(...request);
    return JSON.parse(await readText(response, this.options.maxMessageSize));
  }
}

/** Reads a body, as long as it is not longer than it may be. */
async function readText({ body }: Response, maxSize: number): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  try {
    for (let size = 0, part; !(part = await reader.read()).done;) {
      size += part.value.length;
      if (size > maxSize) throw new HttpFailure(messageTooBig(maxSize));
      parts.push(decoder.decode(part.value, { stream: true }));
    }
    return parts.join("") + decoder.decode();
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/**
 * Derives the address of a fallback transport. The part behind `/ws` is a namespace, and the part
 * before it the path of the server at a proxy.
 */
export function fallbackUrl(webSocketUrl: URL, path: string): URL {
  const url = new URL(webSocketUrl);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  const [, before = "", below = ""] = /^(.*?)\/ws(\/.*)?$/.exec(url.pathname) ?? [];
  url.pathname = before + path + below;
  return url;
}

/**
 * Statuses that pass with time, or mean that a path is missing, leave the other transports a
 * chance. 426 comes from a server that has WebSocket only.
 */
function closeOf({ status }: Response, reason: string): CloseInfo {
  const isRefusal = status >= 400 && status < 500 && ![404, 405, 409, 426].includes(status);
  return { code: isRefusal ? 4000 + status : 1006, reason, wasClean: false };
}

/** The longest body that is read for a reason, in bytes. */
const maxReasonBody = 1_024;

/** Reads why a server refuses: a short text, or the message of an error in JSON. */
async function reasonOf(response: Response): Promise<string> {
  const { headers, body, statusText } = response;
  const [type] = headers.get("content-type")?.split(";") ?? [];
  const isReadable = type === "text/plain" || type === "application/json";
  const length = Number(headers.get("content-length") ?? Infinity);
  if (!isReadable || !(length <= maxReasonBody)) {
    await body?.cancel();
    return statusText;
  }
  const text = await readText(response, maxReasonBody).catch(() => "");
  const reason = type === "text/plain" ? text : messageOf(text);
  return reason.trim().slice(0, maxReasonLength) || statusText;
}

/** Reads the message of an error of the JSON wire; empty where it is none. */
function messageOf(text: string): string {
  try {
    const error: unknown = JSON.parse(text);
    return isObject(error) && typeof error.message === "string" ? error.message : "";
  } catch {
    return "";
  }
}

/**
 * Makes the end of a connection from an error.
 *
 * @returns 1006 for a failure of the network.
 */
export function closeOfError(error: unknown): CloseInfo {
  return error instanceof HttpFailure
    ? error.close
    : { code: 1006, reason: describe(error), wasClean: false };
}
