/** Long polling: each request takes what waits for its client, or waits for it. */

import type { Clock } from "../../clock.ts";
import type { Joined } from "../../app/streams/position.ts";
import type { FallbackTransport, SessionEnd } from "./fallback_transport.ts";
import { Portions } from "./portions.ts";
import { parsePositions, type PositionList } from "./position_list.ts";
import { jsonOf, ownSizeOf, type QueuedEvent, type SharedEvents, sizeOf } from "./queued_event.ts";

const encoder = new TextEncoder();
const comma = encoder.encode(",");

/** Events in their order. */
interface Queue {
  readonly events: QueuedEvent[];
  bytes: number;
  held: number;
}

/** The queue of most clients, at most times. */
const nothing: Queue = Object.freeze({ events: [], bytes: 0, held: 0 });

/** The times and limits of a polling client. */
export interface PollTiming {
  readonly clock: Clock;
  /** Milliseconds for which a poll waits. */
  readonly pollTimeout: number;
  /** Milliseconds after the last request, then the client counts as gone. */
  readonly sessionTimeout: number;
  /** Counts what waits for all clients. */
  readonly events: SharedEvents;
}

/**
 * After this time the session of a client that has not come back ends, where it is one of too many.
 * Milliseconds.
 */
const secondRequestTime = 5_000;

/** The owner of a polling client's session. */
export interface PollOwner {
  /** Called when the client was silent for too long, or has got its end. */
  disconnected(): void;
  /** Whether the client has sent one request only, and is one of too many of those. */
  isExcessive(): boolean;
}

/** Gathers messages between polls. */
export class PollTransport implements FallbackTransport {
  readonly #sessionId: string;
  readonly #positions: PositionList;
  readonly #timing: PollTiming;
  readonly #owner: PollOwner;
  // Waiting events.
  #waiting: Queue = nothing;
  #sentBytes = 0;
  #takenBytes = 0;
  #end: SessionEnd | undefined;
  /** Whether something that waited was dropped at the end. */
  #dropped = false;
  /** Whether what waits is no reason to answer yet. */
  #quiet = false;
  // Events of the last answers.
  /** Where the client stands by the last answer, or by its own word. */
  #told: string;
  /** The last answer: it waits too, as it may be lost. */
  #last: Queue = nothing;
  /** Where the client stood before that. */
  #from: string;
  #hasAnswered = false;
  /** Whether the client is being sent what it has missed in its rooms. */
  #isJoining = false;
  /** Whether the client was told that something was lost, or that nothing was. */
  #isSettled = false;
  // Requests.
  /** Tells the pending poll that it is to be answered, or that it is not. */
  #poll: PromiseWithResolvers<boolean> | undefined;
  #requests = 0;
  #isGone = false;
  #stopTimer: () => void = () => {};
  taken: () => void = () => {};

  /**
   * @param session Its id, and the positions that the client claims.
   */
  constructor(
    session: { readonly id: string; readonly positions: PositionList; readonly since: string },
    timing: PollTiming,
    owner: PollOwner,
  ) {
    this.#sessionId = session.id;
    this.#positions = session.positions;
    this.#told = session.since;
    this.#from = session.since;
    this.#timing = timing;
    this.#owner = owner;
  }

  // ----- FallbackTransport -----

  /** See {@linkcode FallbackTransport}. An answer waits until a poll says that it has arrived. */
  get queuedBytes(): number {
    return this.#waiting.bytes + this.#last.bytes;
  }

  get heldBytes(): number {
    return this.#waiting.held + this.#last.held;
  }

  get takenBytes(): number {
    return this.#takenBytes;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  push(event: QueuedEvent): void {
    if (typeof event !== "string" && event.place !== undefined) {
      this.#positions.sent(event.place.room, event.place);
    }
    this.#timing.events.hold(event);
    if (this.#waiting === nothing) this.#waiting = { events: [], bytes: 0, held: 0 };
    this.#waiting.events.push(event);
    this.#waiting.bytes += sizeOf(event);
    this.#waiting.held += ownSizeOf(event);
    this.#quiet = false;
    this.#poll?.resolve(true);
  }

  /** See {@linkcode FallbackTransport}. The next answer tells it. */
  joined(room: string, joined: Joined): void {
    this.#positions.joined(room, joined);
  }

  /** See {@linkcode FallbackTransport}. The end waits for a poll, as a message does. */
  end(end: SessionEnd, dropWaiting: boolean): void {
    this.#end = end;
    this.#dropped = dropWaiting;
    if (dropWaiting) this.#dropAll();
    this.#poll?.resolve(true);
  }

  #dropAll(): void {
    this.#drop(this.#last);
    this.#drop(this.#waiting);
    this.#waiting = this.#last = nothing;
  }

  #drop({ events }: Queue): void {
    for (const event of events) this.#timing.events.drop(event);
  }

  // ----- Requests -----

  /** A request of the client begins, so it is there. Returns what is to be called at its end. */
  hold(): () => void {
    this.#requests++;
    this.#stopTimer();
    return () => {
      this.#requests--;
      if (this.#requests === 0 && !this.#isGone) this.#awaitRequest();
    };
  }

  #awaitRequest(): void {
    const { clock, sessionTimeout } = this.#timing;
    const rest = sessionTimeout - secondRequestTime;
    this.#stopTimer = clock.after(Math.min(sessionTimeout, secondRequestTime), () => {
      if (rest <= 0 || this.#owner.isExcessive()) return this.leave();
      this.#stopTimer = clock.after(rest, () => this.leave());
    });
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
    this.#poll?.resolve(false);
    this.#owner.disconnected();
    this.#dropAll();
  }

  /** The rooms are being joined: whether anything is lost is known at the end. */
  joining(): void {
    this.#isJoining = true;
  }

  /** The rooms were joined. To be told just that is no news for who stands where it stood. */
  rejoined(): void {
    this.#isJoining = false;
    if (this.#hasAnswered) return;
    this.#quiet = this.#positions.recovered && this.#positions.toString() === this.#told;
  }

  /**
   * Waits for messages and takes them.
   *
   * @param since Where the client says that it stands, or `null`.
   * @param signal Aborts when the client has gone.
   * @returns JSON, or `undefined` where a newer poll has come or the client has gone.
   */
  async poll(since: string | null, signal: AbortSignal): Promise<Portions | undefined> {
    const poll = Promise.withResolvers<boolean>();
    this.#poll?.resolve(false);
    this.#poll = poll;
    this.#settleLast(since);
    if (signal.aborted) poll.resolve(false);
    const isReady = this.#end !== undefined || this.#waiting !== nothing && !this.#quiet;
    if (isReady) poll.resolve(true);
    // A timer that is started and stopped takes 4 us.
    const isWanted = await (isReady ? poll.promise : this.#awaitNews(poll, signal));
    if (this.#poll === poll) this.#poll = undefined;
    return isWanted ? this.#answer() : undefined;
  }

  /** Waits until the poll is to be answered or is not, and no longer than polls wait. */
  async #awaitNews(poll: PromiseWithResolvers<boolean>, signal: AbortSignal): Promise<boolean> {
    const stopTimer = this.#timing.clock.after(this.#timing.pollTimeout, () => poll.resolve(true));
    const abort = () => poll.resolve(false);
    signal.addEventListener("abort", abort);
    const isWanted = await poll.promise;
    stopTimer();
    signal.removeEventListener("abort", abort);
    return isWanted;
  }

  /** A client that stands where it stood before the last answer has not got it: once more. */
  #settleLast(since: string | null): void {
    const [last, waiting, from] = [this.#last, this.#waiting, this.#from];
    this.#last = nothing;
    this.#from = this.#told;
    if (since !== from || since === this.#told) {
      this.#takenBytes += last.bytes;
      this.#drop(last);
      return this.taken();
    }
    if (last !== nothing) {
      this.#waiting = {
        events: last.events.concat(waiting.events),
        bytes: last.bytes + waiting.bytes,
        held: last.held + waiting.held,
      };
    }
    this.#told = from;
  }

  #answer(): Portions {
    const { events } = this.#last = this.#waiting;
    // Dropped messages are missed: a client that comes back must ask for them.
    const since = this.#dropped ? this.#told : this.#positions.toString();
    const { epoch, seq } = parsePositions(since, 1)[0] ?? {};
    const recovered = this.#tellRecovered();
    this.#from = this.#told;
    this.#told = since;
    this.#waiting = nothing;
    this.#hasAnswered = true;
    if (this.#end !== undefined) this.leave();
    const head = `{"session":${JSON.stringify(this.#sessionId)},"messages":[`;
    const tail = JSON.stringify({ since, epoch, seq, recovered, close: this.#end });
    const pieces = answerPieces(head, events, `],${tail.slice(1)}`);
    return new Portions(() => {
      const { value } = pieces.next();
      this.#sentBytes += value?.length ?? 0;
      return value;
    });
  }

  /** Losses are told once; that there was none is known only when all rooms are joined. */
  #tellRecovered(): boolean {
    if (this.#isSettled) return true;
    const recovered = this.#isJoining ? !this.#positions.lost : this.#positions.recovered;
    this.#isSettled = !this.#isJoining || !recovered;
    return recovered;
  }
}

function* answerPieces(
  head: string,
  events: readonly QueuedEvent[],
  tail: string,
): Generator<Uint8Array, undefined> {
  yield encoder.encode(head);
  for (const [index, event] of events.entries()) {
    if (index > 0) yield comma;
    yield jsonOf(event);
  }
  yield encoder.encode(tail);
}
