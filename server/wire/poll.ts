/** Long polling: each request takes what waits for its client, or waits for it. */

import type { Clock } from "../app/clock.ts";
import type { Outlet, PeerEnd } from "./fallback_peer.ts";
import { parsePositions, type PositionList } from "./position_list.ts";

const encoder = new TextEncoder();

/** What a polling client goes by. */
export interface PollTiming {
  readonly clock: Clock;
  /** Milliseconds for which a poll waits. */
  readonly pollTimeout: number;
  /** Milliseconds after the last request, then the client counts as gone. */
  readonly sessionTimeout: number;
}

/** Gathers messages between polls. */
export class PollOutlet implements Outlet {
  readonly #sessionId: string;
  readonly #positions: PositionList;
  readonly #timing: PollTiming;
  readonly #gone: () => void;
  // What waits.
  #texts: string[] = [];
  #queuedBytes = 0;
  #sentBytes = 0;
  #end: PeerEnd | undefined;
  /** Whether something that waited was dropped at the end. */
  #dropped = false;
  /** Whether what waits is no reason to answer yet. */
  #quiet = false;
  // What was answered.
  /** Where the client stands by the last answer, or by its own word. */
  #told: string;
  /** The last answer, which may be lost, and where the client stood before. */
  #last: { readonly texts: readonly string[]; readonly from: string };
  #isFirst = true;
  // Requests.
  /** Tells the pending poll that it is to be answered, or that it is not. */
  #poll: PromiseWithResolvers<boolean> | undefined;
  #requests = 0;
  #isGone = false;
  #stopTimer: () => void = () => {};

  /**
   * @param since Where the client says that it stands.
   * @param gone Called when the client was silent for too long, or has got its end.
   */
  constructor(
    session: { readonly id: string; readonly positions: PositionList; readonly since: string },
    timing: PollTiming,
    gone: () => void,
  ) {
    this.#sessionId = session.id;
    this.#positions = session.positions;
    this.#told = session.since;
    this.#last = { texts: [], from: session.since };
    this.#timing = timing;
    this.#gone = gone;
  }

  // ----- Outlet -----

  /** See {@linkcode Outlet}. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** See {@linkcode Outlet}. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** See {@linkcode Outlet}. */
  push(text: string): void {
    this.#texts.push(text);
    this.#queuedBytes += text.length;
    this.#quiet = false;
    this.#poll?.resolve(true);
  }

  /** See {@linkcode Outlet}. The next answer tells it. */
  moved(): void {}

  /** See {@linkcode Outlet}. The end waits for a poll, as a message does. */
  end(end: PeerEnd, dropWaiting: boolean): void {
    this.#end = end;
    this.#dropped = dropWaiting;
    if (dropWaiting) this.#texts = [];
    this.#queuedBytes = 0;
    this.#poll?.resolve(true);
  }

  // ----- Requests -----

  /** A request of the client begins, so it is there. Returns what is to be called at its end. */
  hold(): () => void {
    this.#requests++;
    this.#stopTimer();
    return () => {
      this.#requests--;
      if (this.#requests > 0 || this.#isGone) return;
      this.#stopTimer = this.#timing.clock.after(this.#timing.sessionTimeout, () => this.leave());
    };
  }

  /** Waits for no poll any more, where none is pending. */
  stop(): void {
    if (this.#poll === undefined) this.leave();
  }

  /** No poll will come. */
  leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#stopTimer();
    this.#gone();
  }

  /** The rooms were joined. To be told just that is no news for who stands where it stood. */
  rejoined(): void {
    this.#quiet = this.#positions.recovered && this.#positions.toString() === this.#told;
  }

  /**
   * Waits for messages and takes them.
   *
   * @param since Where the client says that it stands, or `null`.
   * @param signal Aborts when the client has gone.
   * @returns JSON in UTF-8, or `undefined` where a newer poll has come or the client has gone.
   */
  async poll(
    since: string | null,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const poll = Promise.withResolvers<boolean>();
    this.#poll?.resolve(false);
    this.#poll = poll;
    this.#settleLast(since);
    if (signal.aborted) poll.resolve(false);
    if (this.#end !== undefined || this.#texts.length > 0 && !this.#quiet) poll.resolve(true);
    const stopTimer = this.#timing.clock.after(this.#timing.pollTimeout, () => poll.resolve(true));
    const abort = () => poll.resolve(false);
    signal.addEventListener("abort", abort);
    const isWanted = await poll.promise;
    stopTimer();
    signal.removeEventListener("abort", abort);
    if (this.#poll === poll) this.#poll = undefined;
    return isWanted ? this.#answer() : undefined;
  }

  /** A client that stands where it stood before the last answer has not got it: once more. */
  #settleLast(since: string | null): void {
    const { texts, from } = this.#last;
    this.#last = { texts: [], from: this.#told };
    if (since !== from || since === this.#told) return;
    this.#texts.unshift(...texts);
    this.#told = from;
  }

  #answer(): Uint8Array<ArrayBuffer> {
    const texts = this.#texts;
    // What was dropped is missed: a client that comes back must ask for it.
    const since = this.#dropped ? this.#told : this.#positions.toString();
    const { epoch, seq } = parsePositions(since, 1)[0] ?? {};
    const recovered = this.#isFirst ? this.#positions.recovered : true;
    this.#last = { texts, from: this.#told };
    this.#told = since;
    this.#texts = [];
    this.#queuedBytes = 0;
    this.#isFirst = false;
    if (this.#end !== undefined) this.leave();
    const rest = JSON.stringify({ since, epoch, seq, recovered, close: this.#end });
    const session = JSON.stringify(this.#sessionId);
    const json = encoder.encode(
      `{"session":${session},"messages":[${texts.join(",")}],${rest.slice(1)}`,
    );
    this.#sentBytes += json.length;
    return json;
  }
}
