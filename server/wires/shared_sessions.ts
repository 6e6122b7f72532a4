/** Sessions of several servers behind one port: a request goes to the one that has its session. */

import type { Report } from "../contain.ts";
import type {
  PlainRequest,
  PlainResponse,
  RequestInfo,
  RequestMaker,
  SharedPort,
} from "../types.ts";
import { errorResponse, HttpError } from "./http_answer.ts";

/** Answers a plain request; `undefined`: it is for none of the wires. */
export type FetchWires = (maker: RequestMaker, info: RequestInfo) => Promise<Response> | undefined;

/**
 * Finds the server of a session by its id, which begins with the name of that server, and hands
 * requests to and fro, whole: those of sessions are short, and so are the answers.
 */
export class SharedSessions {
  readonly #port: SharedPort;
  readonly #prefix: string;

  /**
   * @param port Leads to the other servers.
   * @param prefix Begins all ids, before the name of the server.
   */
  constructor(port: SharedPort, prefix: string) {
    this.#port = port;
    this.#prefix = prefix;
  }

  /** Begins the ids of this server's own sessions. */
  get idPrefix(): string {
    return `${this.#prefix}${this.#port.node}.`;
  }

  /** Name of the server that has a session, where it is another one that lives. */
  ownerOf(sessionId: string): string | undefined {
    if (!sessionId.startsWith(this.#prefix)) return undefined;
    const start = this.#prefix.length;
    const node = sessionId.slice(start, sessionId.indexOf(".", start));
    return this.#port.has(node) ? node : undefined;
  }

  /** Takes requests that other servers hand in. */
  receive(fetch: FetchWires, failed: Report): void {
    this.#port.receive(async (plain, signal) => {
      try {
        return await toPlain(await this.#answer(plain, fetch, signal));
      } catch (error) {
        failed(error);
        return await toPlain(new Response("Internal Server Error\n", { status: 500 }));
      }
    });
  }

  async #answer(plain: PlainRequest, fetch: FetchWires, signal: AbortSignal): Promise<Response> {
    const { url, method, headers, body, remoteAddress } = plain;
    const init = { method, headers: toPairs(headers), body: body ?? null, signal };
    const request = new Request(url, init);
    const maker: RequestMaker = { url, makeRequest: () => request };
    return await fetch(maker, { remoteAddress, protocols: [] }) ??
      new Response("Not found\n", { status: 404 });
  }

  /**
   * Lets another server answer a request. Rejects where its body cannot be read.
   *
   * @param owner Name of that server.
   */
  async forward(
    owner: string,
    request: Request,
    { remoteAddress }: RequestInfo,
  ): Promise<Response> {
    const { url, method, signal } = request;
    const body = request.body === null ? undefined : await request.bytes();
    const headers = [...request.headers];
    const plain: PlainRequest = { url, method, headers, remoteAddress, ...body && { body } };
    try {
      const answer = await this.#port.forward(owner, plain, signal);
      const { status, body: content } = answer;
      const headers = toPairs(answer.headers);
      return new Response(content.length > 0 ? content : null, { status, headers });
    } catch {
      const message = "The server that has the session does not answer";
      return errorResponse(new HttpError(503, "UNAVAILABLE", message, { "retry-after": "1" }));
    }
  }
}

async function toPlain(response: Response): Promise<PlainResponse> {
  const { status } = response;
  return { status, headers: [...response.headers], body: await response.bytes() };
}

function toPairs(fields: PlainRequest["headers"]): [string, string][] {
  return fields.map(([name, value]) => [name, value]);
}
