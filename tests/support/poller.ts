/** A client that polls. */

// deno-lint-ignore no-explicit-any -- tests compare whatever it is
type Message = any;

/** The answer to a poll. */
export interface PollAnswer {
  readonly session: string;
  readonly messages: Message[];
  readonly since: string;
  readonly epoch?: string;
  readonly seq?: number;
  readonly recovered: boolean;
  readonly close?: { readonly code: number; readonly reason: string };
}

/** Polls and sends under one session. */
export class Poller {
  readonly #url: URL;
  /** The session, after the first poll. */
  session: string | undefined;
  /** Where it stands. */
  since: string;

  /**
   * @param base Where the server is.
   * @param query Further parameters of each poll, such as `room=deck`.
   */
  constructor(base: URL | string, query: string, since = "") {
    this.#url = new URL(`/poll?${query}`, base);
    this.since = since;
  }

  /** Polls once, and remembers where it stands. */
  async poll(signal?: AbortSignal): Promise<PollAnswer> {
    const response = await this.request(signal);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const answer: PollAnswer = await response.json();
    this.session = answer.session;
    this.since = answer.since;
    return answer;
  }

  /** Polls once. */
  request(signal?: AbortSignal): Promise<Response> {
    const url = new URL(this.#url);
    if (this.session !== undefined) url.searchParams.set("session", this.session);
    if (this.since !== "") url.searchParams.set("since", this.since);
    return fetch(url, signal === undefined ? {} : { signal });
  }

  /** Sends one message or several; returns what they are answered with. */
  async send(message: unknown): Promise<Message[]> {
    const response = await sendEvents(this.#url, this.session ?? "", message);
    return (await response.json()).messages;
  }
}

/** Sends one message or several, for any session. */
export function sendEvents(
  base: URL | string,
  session: string,
  message: unknown,
): Promise<Response> {
  const url = new URL(`/events?session=${session}`, base);
  return fetch(url, { method: "POST", body: JSON.stringify(message) });
}
