/** The acknowledgements that the client waits for. */

import { type Clock, longestTimer } from "../../wire/clock.ts";
import { checkNumber, type NumberRange } from "../../wire/option_checks.ts";
import { ClientError } from "../errors.ts";
import type { Answer } from "../message.ts";

/**
 * Options of one `emitWithAck`.
 */
export interface AckOptions {
  /**
   * Milliseconds until it is rejected with `ACK_TIMEOUT`, from above 0 to 2^31 - 1; waiting for a
   * connection counts, and an event that still waits then is rejected with `NOT_SENT`.
   *
   * @default {5_000}
   */
  timeout?: number;
}

/** Names of the options. */
export const ackOptionNames: readonly string[] = ["timeout"] satisfies (keyof AckOptions)[];

interface Pending {
  readonly settle: (answer: Answer | ClientError) => void;
  readonly stopTimer: () => void;
  /** Handed to a connection: only an event that still waits outlives its end. */
  isSent: boolean;
}

/** Functions of the client that pending acknowledgements use. */
export interface AckHandlers {
  /** Nobody waits for an answer any more. */
  expired(id: string): void;
  /** Describes why a request was queued and not sent. */
  unsentReason(): string;
}

const timeoutRange: NumberRange = { above: 0, most: longestTimer, unit: "ms", fractions: true };

/** Requests by their ids. */
export class PendingAcks {
  readonly #clock: Clock;
  readonly #handlers: AckHandlers;
  readonly #waiting = new Map<string, Pending>();

  constructor(clock: Clock, handlers: AckHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Requests without an answer yet. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for an answer.
   *
   * @param id Names the request.
   * @param settle Called once: with the answer, or with why there is none.
   * @param timeout Milliseconds; `undefined`: as long as the present connection lasts.
   * @throws {RangeError} The timeout is out of range.
   */
  expect(id: string, settle: Pending["settle"], timeout?: number): void {
    if (timeout !== undefined) checkNumber("timeout", timeout, timeoutRange);
    const stopTimer = timeout === undefined
      ? () => {}
      : this.#clock.after(timeout, () => this.#expire(id, timeout));
    this.#waiting.set(id, { settle, stopTimer, isSent: timeout === undefined });
  }

  /** The request was handed to a connection. */
  sent(id: string): void {
    const pending = this.#waiting.get(id);
    if (pending !== undefined) pending.isSent = true;
  }

  /**
   * Takes an answer, or why there is none.
   *
   * @returns `false` when nobody waits for it (any more).
   */
  settle(id: string, answer: Answer | ClientError): boolean {
    const pending = this.#waiting.get(id);
    if (pending === undefined) return false;
    this.#waiting.delete(id);
    pending.stopTimer();
    pending.settle(answer);
    return true;
  }

  /** The connection has ended: what it has carried is not answered any more. */
  disconnected(): void {
    for (const [id, { isSent }] of this.#waiting) {
      if (!isSent) continue;
      this.settle(id, new ClientError("ACK_DISCONNECTED", "Connection ended before the answer"));
    }
  }

  /** The client is closed. */
  close(): void {
    for (const id of this.#waiting.keys()) {
      this.settle(id, new ClientError("CLOSED", "Client is closed"));
    }
  }

  #expire(id: string, timeout: number): void {
    const late = `no answer in ${timeout} ms`;
    const error = this.#waiting.get(id)?.isSent
      ? new ClientError("ACK_TIMEOUT", `Acknowledgement timeout: ${late}`)
      : new ClientError("NOT_SENT", `${this.#handlers.unsentReason()}, ${late}`);
    this.settle(id, error);
    this.#handlers.expired(id);
  }
}

/**
 * Turns an outcome into a promise's.
 *
 * @returns The answer of the server.
 * @throws {ClientError} There is no answer, or it is an error.
 */
export function unwrap(outcome: Answer | ClientError): unknown {
  if (outcome instanceof ClientError) throw outcome;
  if (!("error" in outcome)) return outcome.data;
  const { error: cause } = outcome;
  const message = `Server answered with an error: ${cause.code}, ${cause.message}`;
  throw new ClientError("ACK_REFUSED", message, { cause });
}
