/** Sends messages and requests: now, when there is a connection, or not at all. */

import { ackOptionNames, type AckOptions, PendingAcks, unwrap } from "./acks.ts";
import { ClientError } from "../errors.ts";
import type { Line } from "./line.ts";
import { parseServerMessage } from "../../wire/server_message.ts";
import { type Answer, encodeEvent } from "../message.ts";
import { checkNames } from "../option_checks.ts";
import type { ResolvedOptions } from "../options.ts";
import { type Letter, Outbox, type SendResult } from "./outbox.ts";
import type { Rate } from "../transports/pace.ts";
import { newRequestId } from "./request_id.ts";
import { checkData, type Data } from "../transports/transport.ts";

/** What is told of a request. */
type Settle = (outcome: Answer | ClientError) => void;

/** What is sent, and the answers that are waited for. */
export class Sender {
  readonly #options: ResolvedOptions;
  readonly #getLine: () => Line;
  readonly #acks: PendingAcks;
  readonly #outbox: Outbox;

  /** @param getLine Gets the line to send by; not asked before something is sent. */
  constructor(options: ResolvedOptions, getLine: () => Line) {
    this.#options = options;
    this.#getLine = getLine;
    this.#acks = new PendingAcks(options.clock, {
      expired: (id) => this.#outbox.withdraw(id),
      whyUnsent: () => this.#whyUnsent(),
    });
    this.#outbox = new Outbox(options, options.clock, {
      deliver: (letter) => this.#deliver(letter),
      failed: (letter, error) => this.#undelivered(letter, error),
      dropped: ({ ackId = "" }) => {
        this.#acks.settle(ackId, new ClientError("QUEUE_FULL", "Too many messages wait"));
      },
    });
  }

  // ----- Connections -----

  /**
   * There is a connection.
   *
   * @param rate How fast it takes what has waited; `undefined`, all at once.
   */
  open(rate: Rate | undefined): void {
    this.#outbox.open(rate);
  }

  /** What is sent from now on waits for the next connection. */
  hold(): void {
    this.#outbox.close();
  }

  /** The connection has ended. */
  lost(): void {
    this.#outbox.close();
    this.#acks.disconnected();
  }

  /** The client is to be closed: nobody is answered any more. */
  end(): void {
    this.#outbox.clear();
    this.#acks.close();
  }

  // ----- Sending -----

  /**
   * Sends a message as it is.
   *
   * @throws {TypeError} It cannot be sent.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   */
  send(data: Data): SendResult {
    checkData(data, this.#options.carriesBytes);
    return this.#getLine().state === "closed" ? "dropped" : this.#outbox.send({ data });
  }

  /**
   * Sends a message now or never.
   *
   * @throws {TypeError} It cannot be sent.
   */
  sendNow(data: Data): SendResult {
    checkData(data, this.#options.carriesBytes);
    return this.#getLine().isCongested ? "dropped" : this.#outbox.sendNow({ data });
  }

  /** Sends a request; resolves to its answer. */
  async ask(event: string, data: unknown, options: AckOptions): Promise<unknown> {
    checkNames("emitWithAck", options, ackOptionNames);
    const { timeout = 5_000 } = options;
    if (this.#getLine().state === "closed") throw new ClientError("CLOSED", "Client is closed");
    const ackId = newRequestId();
    const letter = { data: encodeEvent(event, data, ackId), ackId };
    const outcome = await new Promise<Answer | ClientError>((resolve) => {
      this.#acks.expect(ackId, resolve, timeout);
      this.#post(letter);
    });
    return unwrap(outcome);
  }

  /**
   * Sends a request that is answered on the present connection, or not at all.
   *
   * @param isFirst It goes before what waits.
   */
  askOnce(event: string, data: unknown, isFirst: boolean, settle: Settle): void {
    const ackId = newRequestId();
    const letter = { data: encodeEvent(event, data, ackId), ackId };
    this.#acks.expect(ackId, (outcome) => {
      if (outcome instanceof ClientError) this.#outbox.withdraw(ackId);
      settle(outcome);
    });
    if (isFirst) this.#outbox.sendFirst(letter);
    else this.#post(letter);
  }

  /** An answer has come. */
  answered(id: string, answer: Answer): void {
    this.#acks.settle(id, answer);
  }

  /** The server does not take a message that was sent. */
  refused(data: Data, cause: unknown): void {
    // An event of ours looks like one of the server's.
    const message = typeof data === "string" ? parseServerMessage(data) : undefined;
    const id = message?.kind === "event" ? message.id : undefined;
    const letter = id === undefined ? { data } : { data, ackId: id };
    const text = "Server does not take the message";
    this.#undelivered(letter, new ClientError("NOT_SENT", text, { cause }));
  }

  /** Sends a request; that it cannot even wait is an answer, too. */
  #post(letter: Letter): void {
    try {
      this.#outbox.send(letter);
    } catch (error) {
      this.#undelivered(letter, error);
    }
  }

  #deliver({ data, ackId }: Letter): void {
    this.#getLine().send(data);
    if (ackId !== undefined) this.#acks.sent(ackId);
  }

  /** A message that cannot be sent is told to whoever waits for its answer, or as an error. */
  #undelivered({ ackId }: Letter, cause: unknown): void {
    const error = cause instanceof ClientError
      ? cause
      : new ClientError("NOT_SENT", "Cannot send the message", { cause });
    if (ackId === undefined || !this.#acks.settle(ackId, error)) this.#options.onError(error);
  }

  #whyUnsent(): string {
    const { isOpen, size } = this.#outbox;
    if (isOpen) return `Not sent: ${size} messages wait`;
    const { code, reason } = this.#getLine().lastEnd ?? { code: 0, reason: "still connecting" };
    return `Not connected: ${reason || `close code ${code}`}`;
  }
}
