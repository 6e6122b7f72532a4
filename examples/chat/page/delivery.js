// @ts-check
/** Sends the messages of an outbox one by one, at the server's rate, while the room is joined. */

// @ts-types="@hawser/ws/client"
import { ClientError, ServerError } from "./hawser_client.js";

/**
 * @typedef {import("./outbox.js").OutgoingMessage} OutgoingMessage
 *
 * @typedef {object} DeliveryHandlers
 * @property {(message: OutgoingMessage, timeout: number) => Promise<unknown> | undefined} send
 * Resolves when the server has acknowledged it.
 * @property {(message?: OutgoingMessage) => void} onDelivered A message was acknowledged: a private
 * one, which does not come back, or the one that has arrived last.
 * @property {() => void} onSilence Nothing came back after a message: the connection is dead.
 */

/** Milliseconds that the server has to send a message back. */
const ANSWER_TIMEOUT = 10_000;

/** Between two messages of a backlog: below the server's default rate of ten per second. */
const SEND_GAP = 125;

/** Milliseconds to wait after the server has asked for less. */
const RATE_LIMIT_PAUSE = 1_000;

/** Moves between `start` (the room was joined) and `stop` (the connection was lost, or left). */
export class Delivery {
  #outbox;
  #handlers;
  #isRunning = false;
  /** The message on its way, where it was acknowledged before it has come back. */
  /** @type {OutgoingMessage | undefined} */
  #acknowledged;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #answerTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pauseTimer;

  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {DeliveryHandlers} handlers
   */
  constructor(outbox, handlers) {
    this.#outbox = outbox;
    this.#handlers = handlers;
  }

  /** @param {boolean} recovered Whether everything missed was replayed, our own messages too. */
  start(recovered) {
    if (recovered) this.#outbox.recovered();
    this.#isRunning = true;
    this.next();
  }

  stop() {
    this.#isRunning = false;
    clearTimeout(this.#answerTimer);
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = undefined;
    this.#outbox.disconnected();
  }

  /** Sends the next message, unless one is on its way or was a moment ago. */
  next() {
    if (!this.#isRunning || this.#pauseTimer !== undefined) return;
    const message = this.#outbox.take();
    if (!message) return;
    this.#acknowledged = undefined;
    this.#answerTimer = setTimeout(this.#handlers.onSilence, ANSWER_TIMEOUT);
    this.#handlers.send(message, ANSWER_TIMEOUT)?.then(
      () => this.#handedOver(message),
      (error) => this.#failed(error, message),
    );
  }

  /**
   * @param {string} content One of our messages, as it came back.
   * @returns {boolean} Whether it is acknowledged later: not so, where it was sent from elsewhere or
   * the acknowledgement has come already, as it may without WebSocket.
   */
  arrived(content) {
    const isOurs = this.#outbox.arrived(content);
    if (isOurs && this.#isRunning) this.#pause(SEND_GAP);
    return isOurs && this.#acknowledged?.content !== content;
  }

  /** @param {OutgoingMessage} message */
  #handedOver(message) {
    if (message.recipient) {
      if (!this.#outbox.handedOver(message.key)) return;
      if (this.#isRunning) this.#pause(SEND_GAP);
      return this.#handlers.onDelivered(message);
    }
    if (this.#outbox.messages.includes(message)) this.#acknowledged = message;
    else this.#handlers.onDelivered();
  }

  /**
   * @param {unknown} error
   * @param {OutgoingMessage} outgoing
   */
  #failed(error, { recipient }) {
    // Otherwise the connection has ended, or is about to: `stop` and the timer see to it.
    if (!(error instanceof ClientError) || !(error.cause instanceof ServerError)) return;
    const { code, message } = error.cause;
    const isTooFast = code === "RATE_LIMITED";
    if (isTooFast) this.#outbox.postpone();
    else this.#outbox.refuse(recipient && code === "FORBIDDEN" ? "not online any more" : message);
    this.#pause(isTooFast ? RATE_LIMIT_PAUSE : SEND_GAP);
  }

  /** @param {number} duration */
  #pause(duration) {
    clearTimeout(this.#answerTimer);
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => {
      this.#pauseTimer = undefined;
      this.next();
    }, duration);
  }
}
