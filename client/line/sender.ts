/** Sends messages and requests: now, when there is a connection, or not at all. */

import { ackOptionNames, type AckOptions, PendingAcks, unwrap } from "./acks.ts";
import { ClientError } from "../errors.ts";
import type { ReconnectingConnection } from "./reconnecting_connection.ts";
import { parseServerMessage } from "../../wire/server_message.ts";
import { type Answer, encodeEvent } from "../message.ts";
import { checkNames } from "../../wire/option_checks.ts";
import type { ResolvedOptions } from "../options.ts";
import { Outbox, type QueuedMessage, type SendResult } from "./outbox.ts";
import type { Rate } from "../transports/token_bucket.ts";
import { newRequestId } from "./request_id.ts";
import { checkData, type Data } from "../transports/transport.ts";

/** Sends messages, and matches answers to requests. */
export class Sender {
  readonly #options: ResolvedOptions;
  readonly #getConnection: () => ReconnectingConnection;
  readonly #before: () => void;
  readonly #acks: PendingAcks;
  readonly #outbox: Outbox;

  /**
   * @param getConnection Returns the connection; called when something is sent.
   * @param before Called before a message of the application is sent.
   */
  constructor(
    options: ResolvedOptions,
    getConnection: () => ReconnectingConnection,
    before: () => void = () => {},
  ) {
    this.#options = options;
    this.#getConnection = getConnection;
    this.#before = before;
    this.#acks = new PendingAcks(options.clock, {
      expired: (id) => this.#outbox.withdraw(id),
      unsentReason: () => this.#unsentReason(),
    });
    this.#outbox = new Outbox(options, options.clock, {
      deliver: (queued) => this.#deliver(queued),
      failed: (queued, error) => this.#undelivered(queued, error),
      dropped: ({ ackId = "" }) => {
        this.#acks.settle(ackId, new ClientError("QUEUE_FULL", "Too many messages wait"));
      },
    });
  }

  // ----- Connections -----

  /**
   * The connection has opened.
   *
   * @param rate Rate of queued messages; `undefined`: all are sent at once.
   */
  open(rate: Rate | undefined): void {
    this.#outbox.open(rate);
  }

  /** Queues messages for the next connection from now on. */
  hold(): void {
    this.#outbox.close();
  }

  /** The connection has ended. */
  lost(): void {
    this.#outbox.close();
    this.#acks.disconnected();
  }

  /** The client closes: rejects all requests and empties the queue. */
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
    this.#before();
    return this.#getConnection().state === "closed" ? "dropped" : this.#outbox.send({ data });
  }

  /**
   * Sends a message now or drops it.
   *
   * @throws {TypeError} It cannot be sent.
   */
  sendNow(data: Data): SendResult {
    checkData(data, this.#options.carriesBytes);
    this.#before();
    return this.#getConnection().isCongested ? "dropped" : this.#outbox.sendNow({ data });
  }

  /** Sends a request; resolves to its answer. */
  async ask(event: string, data: unknown, options: AckOptions): Promise<unknown> {
    checkNames("emitWithAck", options, ackOptionNames);
    const { timeout = 5_000 } = options;
    if (this.#getConnection().state === "closed") {
      throw new ClientError("CLOSED", "Client is closed");
    }
    const ackId = newRequestId();
    const queued = { data: encodeEvent(event, data, ackId), ackId };
    this.#before();
    const outcome = await new Promise<Answer | ClientError>((resolve) => {
      this.#acks.expect(ackId, resolve, timeout);
      this.#post(queued);
    });
    return unwrap(outcome);
  }

  /** Sends a message before those that wait, on the present connection or not at all. */
  sendFirst(data: Data): void {
    this.#outbox.sendFirst({ data });
  }

  /** Handles an answer of the server. */
  answered(id: string, answer: Answer): void {
    this.#acks.settle(id, answer);
  }

  /** The server has rejected a message. */
  refused(data: Data, cause: unknown): void {
    // An event of ours looks like one of the server's.
    const message = typeof data === "string" ? parseServerMessage(data) : undefined;
    const id = message?.kind === "event" ? message.id : undefined;
    const queued = id === undefined ? { data } : { data, ackId: id };
    const text = "Server does not take the message";
    this.#undelivered(queued, new ClientError("NOT_SENT", text, { cause }));
  }

  /** Sends or queues a request. An error is its outcome. */
  #post(queued: QueuedMessage): void {
    try {
      this.#outbox.send(queued);
    } catch (error) {
      this.#undelivered(queued, error);
    }
  }

  #deliver({ data, ackId }: QueuedMessage): void {
    this.#getConnection().send(data);
    if (ackId !== undefined) this.#acks.sent(ackId);
  }

  /** Rejects a request that cannot be sent, or reports the error of another message. */
  #undelivered({ ackId }: QueuedMessage, cause: unknown): void {
    const error = cause instanceof ClientError
      ? cause
      : new ClientError("NOT_SENT", "Cannot send the message", { cause });
    if (ackId === undefined || !this.#acks.settle(ackId, error)) this.#options.onError(error);
  }

  #unsentReason(): string {
    const { isOpen, size } = this.#outbox;
    if (isOpen) return `Not sent: ${size} messages wait`;
    const { code, reason } = this.#getConnection().lastEnd ??
      { code: 0, reason: "still connecting" };
    return `Not connected: ${reason || `close code ${code}`}`;
  }
}
