/** Requests of sessions between workers: each goes to the worker that has its session. */

import { decodeData, encodeData } from "../../wire/data.ts";
import type { BrokerEars, BrokerLink } from "../app/streams/broker.ts";
import type { PlainRequest, PlainResponse, RequestAnswerer, SharedPort } from "../types.ts";

/** Workers ask one another in a scope that no namespace has: names of these begin with a slash. */
const scope = "sessions";

/**
 * How long another worker has to answer. It is much longer than a poll waits; one that stands still is
 * taken for dead long before.
 *
 * @limit ms: the request is answered 503
 */
const timeout = 600_000;

/** A request, with a number by which it can be ended. */
interface NumberedRequest extends PlainRequest {
  readonly id: number;
}

/** Asks the other workers, and answers them. */
export class SessionPort implements SharedPort {
  readonly #link: BrokerLink;
  #answer: RequestAnswerer | undefined;
  #id = 0;
  /** Requests of others, by worker and number. */
  readonly #open = new Map<string, AbortController>();

  /** @param link Opens the access to the others. */
  constructor(link: (scope: string, ears: BrokerEars) => BrokerLink) {
    this.#link = link(scope, {
      published() {},
      stands() {},
      told: (id, from) => this.#open.get(keyOf(from, id))?.abort(),
      asked: (message, from) => this.#asked(message, from),
      gone: (node) => this.#endAll(node),
      vanished() {},
      appeared() {},
      state() {},
    });
  }

  /** See {@linkcode SharedPort}. */
  get node(): string {
    return this.#link.node;
  }

  /** See {@linkcode SharedPort}. */
  has(node: string): boolean {
    return node !== this.node && this.#link.nodes().some((each) => each.node === node);
  }

  /** See {@linkcode SharedPort}. */
  receive(answer: RequestAnswerer): void {
    if (this.#answer !== undefined) throw new TypeError("Cannot share a port twice in one worker");
    this.#answer = answer;
  }

  /** See {@linkcode SharedPort}. */
  async forward(node: string, request: PlainRequest, signal: AbortSignal): Promise<PlainResponse> {
    const numbered: NumberedRequest = { ...request, id: this.#id++ };
    const asking = this.#link.ask(`node:${node}`, encodeData(numbered), timeout);
    const cancel = () => this.#link.tell(`node:${node}`, String(numbered.id));
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel);
    try {
      const { replies: [reply] } = await asking;
      if (reply === undefined) throw new Error("The worker that has the session does not answer");
      return decodeData(reply) as PlainResponse; // the cast: workers run the same module
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async #asked(message: string, from: string): Promise<string> {
    const { id, ...request } = decodeData(message) as NumberedRequest; // the cast: as above
    const key = keyOf(from, String(id));
    const ending = new AbortController();
    this.#open.set(key, ending);
    try {
      if (this.#answer === undefined) throw new Error("Nothing is served yet");
      return encodeData(await this.#answer(request, ending.signal));
    } finally {
      this.#open.delete(key);
    }
  }

  /** The clients of a worker that has gone have gone with it. */
  #endAll(node: string): void {
    for (const [key, ending] of [...this.#open]) {
      if (key.startsWith(keyOf(node, ""))) ending.abort();
    }
  }
}

function keyOf(node: string, id: string): string {
  return `${node} ${id}`;
}
