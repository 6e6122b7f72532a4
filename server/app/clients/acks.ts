/** Acknowledgements that the server asks clients for. */

import { longestTimer } from "../../../wire/clock.ts";
import { checkNumber, checkOptions, type NumberRange } from "../../../wire/option_checks.ts";
import type { SendResult } from "../../types.ts";
import type { Clock } from "../../clock.ts";
import type { EventError } from "../events/errors.ts";
import { Outgoing } from "../events/outgoing.ts";
import type { Answer } from "../peer.ts";

/** Why an acknowledgement did not come: the `code` of an {@linkcode AckError}. */
export type AckErrorCode =
  /** Not all clients have answered in time. */
  | "ACK_TIMEOUT"
  /** A client has gone before it answered. */
  | "ACK_DISCONNECTED"
  /** A client answered with an error, which is the `cause`. */
  | "ACK_REFUSED"
  /** Too many newer ones were asked of the same client. */
  | "ACK_OVERFLOW"
  /** The queue of a slow client was full. */
  | "ACK_UNSENT";

/**
 * The error of `emitWithAck`. Of several clients, the first that did not answer as hoped gives
 * the code; all that did answer are in `answers`.
 *
 * @example The answers that did come
 * ```ts
 * import { AckError, App, serve } from "@hawser/ws";
 * import { connect, ServerError } from "@hawser/ws/client";
 * import { assertEquals, assertInstanceOf } from "@std/assert";
 *
 * const app = new App();
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
 * ada.on("vote", () => "yes");
 * bob.on("vote", () => {
 *   throw new ServerError("FORBIDDEN", "I may not vote");
 * });
 * await Promise.all([ada.ready(), bob.ready()]);
 *
 * const error = await app.emitWithAck("vote", {}).catch((error) => error);
 * assertInstanceOf(error, AckError);
 * assertEquals([error.code, error.answers], ["ACK_REFUSED", ["yes"]]);
 * ```
 */
export class AckError extends Error {
  /** Tells it apart from other errors in logs. */
  override readonly name = "AckError";
  /** The answers of the clients that did answer. */
  readonly answers: readonly unknown[];

  /**
   * Made by `emitWithAck`.
   *
   * @param code Why it was rejected: the first reason of several.
   * @param message The same for people.
   * @param options The answers that did come, and the error that a client has answered with.
   */
  constructor(
    readonly code: AckErrorCode,
    message: string,
    options: ErrorOptions & { readonly answers?: readonly unknown[] } = {},
  ) {
    super(message, options);
    this.answers = options.answers ?? [];
  }
}

/** Options of `emitWithAck`, of a client and of a target. */
export interface AckOptions {
  /**
   * Milliseconds until it is rejected with `ACK_TIMEOUT`: more than 0, and less than 2^31.
   *
   * @default {5_000}
   */
  timeout?: number;
}

/** An answer, or why there is none. */
export type AckOutcome =
  | { readonly data: unknown }
  | { readonly code: AckErrorCode; readonly message: string; readonly cause?: EventError };

/** The answers that a client owes, as far as handlers see them: `client.acks`. */
export interface OwedAcks {
  /** How many answers are owed. */
  readonly size: number;
}

/** The answers that one client owes. */
export class PendingAcks implements OwedAcks {
  readonly #limit: number;
  /** Made when it is needed: most clients are never asked. */
  #waiting: Map<number, (outcome: AckOutcome) => void> | undefined;
  /** Released when an answer begins to be owed: the client must be read to give it. */
  reading: { release(): void } | undefined;

  /**
   * Made with each client.
   *
   * @param limit How many may be owed; one more, and the oldest is given up.
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Gives the whole of what handlers see a part of.
   *
   * @throws {TypeError} The answers are not a client's.
   */
  static of({ acks }: { readonly acks: OwedAcks }): PendingAcks {
    if (#waiting in acks) return acks;
    throw new TypeError("Cannot ask for an acknowledgement: the member is not a client of an app");
  }

  /** How many answers are owed. */
  get size(): number {
    return this.#waiting?.size ?? 0;
  }

  /** Waits for an answer; `settle` is called once, unless the answer is forgotten. */
  expect(id: number, settle: (outcome: AckOutcome) => void): void {
    const waiting = this.#waiting ??= new Map();
    waiting.set(id, settle);
    const [oldest] = waiting.keys();
    if (waiting.size > this.#limit && oldest !== undefined) {
      this.#settle(oldest, { code: "ACK_OVERFLOW", message: "Too many acknowledgements pending" });
    }
    this.reading?.release();
  }

  /** Waits no longer. */
  forget(id: number): void {
    this.#waiting?.delete(id);
  }

  /**
   * Takes what a client has answered.
   *
   * @returns `false` when nobody waits for it (any more).
   */
  answer(id: number, answer: Answer): boolean {
    if (!("error" in answer)) return this.#settle(id, answer);
    const { error: cause } = answer;
    const message = `Client answered with an error: ${cause.code}`;
    return this.#settle(id, { code: "ACK_REFUSED", message, cause });
  }

  /** The client has gone, and so will no answer come. */
  end(): void {
    for (const id of this.#waiting?.keys() ?? []) {
      this.#settle(id, { code: "ACK_DISCONNECTED", message: "Client has gone" });
    }
  }

  #settle(id: number, outcome: AckOutcome): boolean {
    const settle = this.#waiting?.get(id);
    if (settle === undefined) return false;
    this.#waiting?.delete(id);
    settle(outcome);
    return true;
  }
}

/** A client, as far as it is asked for an answer. */
export interface AckMember {
  /** `false` once it has gone. */
  readonly connected: boolean;
  /** The answers that it owes. */
  readonly acks: OwedAcks;
  /** Sends an event. */
  send(outgoing: Outgoing): SendResult;
}

/** Ids grow over all applications of the process, so that one encoding serves many clients. */
let lastId = 0;

/** Milliseconds that clients have to answer, if nothing else is said. */
export const defaultTimeout = 5_000;

/**
 * Sends an event to clients and collects their answers.
 *
 * @returns The answers, in the order in which they came.
 * @throws {RangeError} The timeout is out of range.
 * @throws {TypeError} The name is reserved, or the data cannot be encoded.
 */
export function ask(
  members: readonly AckMember[],
  event: string,
  data: unknown,
  options: AckOptions,
  clock: Clock,
): Promise<unknown[]> {
  const timeout = checkTimeout("emitWithAck", options);
  const request = new BroadcastRequest(members);
  request.send(new Outgoing(event, data, ++lastId));
  return request.wait(timeout, clock);
}

const timeoutRange: NumberRange = { above: 0, most: longestTimer, unit: "ms", fractions: true };

/**
 * Checks how long somebody may take to answer.
 *
 * @param name Which method is told.
 * @returns Milliseconds.
 * @throws {RangeError} The timeout is out of range.
 * @throws {TypeError} An option is not known.
 */
export function checkTimeout(name: string, options: AckOptions): number {
  checkOptions(name, options, { timeout: "any" });
  const { timeout = defaultTimeout } = options;
  return checkNumber("timeout", timeout, timeoutRange);
}

/** One event on its way to several clients, and their answers. */
class BroadcastRequest {
  readonly #waiting: Set<AckMember>;
  readonly #answers: unknown[] = [];
  readonly #result = Promise.withResolvers<unknown[]>();
  #failure: Exclude<AckOutcome, { readonly data: unknown }> | undefined;
  #id = 0;
  #stopTimer: (() => void) | undefined;

  constructor(members: readonly AckMember[]) {
    this.#waiting = new Set(members);
  }

  send(outgoing: Outgoing): void {
    const id = this.#id = outgoing.ackId ?? 0;
    try {
      for (const member of [...this.#waiting]) {
        if (!member.connected) {
          this.#settle(member, { code: "ACK_DISCONNECTED", message: "Client has gone" });
          continue;
        }
        const acks = PendingAcks.of(member);
        acks.expect(id, (outcome) => this.#settle(member, outcome));
        if (member.send(outgoing) !== "dropped") continue;
        acks.forget(id);
        this.#settle(member, { code: "ACK_UNSENT", message: "Event could not be sent" });
      }
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  wait(timeout: number, clock: Clock): Promise<unknown[]> {
    if (this.#waiting.size === 0) this.#finish();
    else this.#stopTimer = clock.after(timeout, () => this.#expire(timeout));
    return this.#result.promise;
  }

  #settle(member: AckMember, outcome: AckOutcome): void {
    // The answer of a client that the send has closed is settled already.
    if (!this.#waiting.delete(member)) return;
    if ("data" in outcome) this.#answers.push(outcome.data);
    else this.#failure ??= outcome;
    if (this.#waiting.size === 0 && this.#stopTimer !== undefined) this.#finish();
  }

  #expire(timeout: number): void {
    const missing = `${this.#waiting.size} did not answer in ${timeout} ms`;
    const message = `Acknowledgement timeout: ${missing}`;
    this.#failure ??= { code: "ACK_TIMEOUT", message };
    this.#forget();
    this.#finish();
  }

  #forget(): void {
    for (const member of this.#waiting) PendingAcks.of(member).forget(this.#id);
    this.#waiting.clear();
  }

  #finish(): void {
    this.#stopTimer?.();
    if (this.#failure === undefined) return this.#result.resolve(this.#answers);
    const { code, message, cause } = this.#failure;
    this.#result.reject(new AckError(code, message, { cause, answers: this.#answers }));
  }
}
