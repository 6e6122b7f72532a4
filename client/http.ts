/** What the transports over plain HTTP share: addresses, tokens, and what a response means. */

import type { CloseInfo } from "./close_code.ts";
import type { Target } from "./transport.ts";

/** As much of `fetch` as the client uses. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Where the server has its fallback transports. */
export interface FallbackPaths {
  /** Event stream. @default {"/sse"} */
  readonly sse?: string;
  /** Long polling. @default {"/poll"} */
  readonly poll?: string;
  /** Where events are sent to. @default {"/events"} */
  readonly events?: string;
}

/** A response that ends a connection. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";

  constructor(readonly close: CloseInfo) {
    super(close.reason);
  }
}

/** Makes the requests of one connection, and ends them all. */
export class HttpChannel {
  readonly #target: Target;
  readonly #paths: Required<FallbackPaths>;
  readonly #fetch: Fetch;
  readonly #abort = new AbortController();

  constructor(target: Target, paths: Required<FallbackPaths>, fetch: Fetch) {
    this.#target = target;
    this.#paths = paths;
    this.#fetch = fetch;
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
   * Makes a request.
   *
   * @param path Which of the paths.
   * @param query What is added to the query of the address.
   * @param body A body to be posted.
   * @returns The response, which is a success.
   * @throws {HttpFailure} It is none.
   * @throws {TypeError} The network has failed.
   */
  async request(
    path: keyof FallbackPaths,
    query: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Response> {
    const url = fallbackUrl(this.#target.url, this.#paths[path]);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { token } = this.#target;
    const response = await this.#fetch(url, {
      signal: this.#abort.signal,
      credentials: "include",
      cache: "no-store",
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...body !== undefined && { method: "POST", body },
    });
    if (response.ok) return response;
    await response.body?.cancel();
    throw new HttpFailure(closeOf(response));
  }
}

/**
 * Derives the address of a fallback transport. What follows `/ws` is a namespace, and what comes
 * before it is where a proxy has the server.
 */
export function fallbackUrl(webSocketUrl: URL, path: string): URL {
  const url = new URL(webSocketUrl);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  const [, before = "", below = ""] = /^(.*?)\/ws(\/.*)?$/.exec(url.pathname) ?? [];
  url.pathname = before + path + below;
  return url;
}

/**
 * What passes with time, or is just not there, leaves the other transports a chance. 426 is what a
 * server says that has WebSocket only.
 */
function closeOf({ status, statusText }: Response): CloseInfo {
  const isRefusal = status >= 400 && status < 500 && ![404, 405, 409, 426].includes(status);
  return { code: isRefusal ? 4000 + status : 1006, reason: statusText, wasClean: false };
}

/**
 * Tells how a connection has ended from what was thrown.
 *
 * @returns 1006 for a failure of the network.
 */
export function closeOfError(error: unknown): CloseInfo {
  return error instanceof HttpFailure
    ? error.close
    : { code: 1006, reason: String(error), wasClean: false };
}
