// @ts-check
/** The messages a person has written and the server has not sent back yet: none is lost silently. */

/**
 * - `waiting`: goes out as soon as the room is there
 * - `sending`: handed to the connection, not seen back yet
 * - `unsure`: the connection was lost in between
 * - `refused`: the server answered with an error
 * - `unsent`: left over from an earlier visit
 *
 * @typedef {"waiting" | "sending" | "unsure" | "refused" | "unsent"} OutgoingState
 *
 * @typedef {{ userId: string, label: string }} Recipient
 *
 * @typedef {object} OutgoingMessage
 * @property {number} key
 * @property {string} content
 * @property {Recipient} [recipient] For whom alone it is; without one, for the room.
 * @property {OutgoingState} state
 * @property {string} [problem] What the server said.
 */

/**
 * Keeps the order and hands out one message at a time: the next leaves when the last has come back,
 * so a burst written while offline arrives in order and within the server's rate limit.
 */
export class Outbox {
  /** @type {OutgoingMessage[]} */
  #messages = [];
  #lastKey = 0;
  #onChange;

  /**
   * @param {readonly string[]} leftovers Contents from an earlier visit.
   * @param {(messages: readonly OutgoingMessage[]) => void} onChange
   */
  constructor(leftovers, onChange) {
    this.#onChange = onChange;
    for (const content of leftovers) this.#append(content, "unsent");
  }

  /** @returns {readonly OutgoingMessage[]} */
  get messages() {
    return this.#messages;
  }

  /**
   * @param {string} content
   * @param {Recipient} [recipient]
   */
  add(content, recipient) {
    this.#append(content, "waiting", recipient);
    this.#changed();
  }

  /** @returns {OutgoingMessage | undefined} The next message to send, now `sending`. */
  take() {
    if (this.#find("sending")) return undefined;
    const message = this.#find("waiting");
    if (message) this.#set(message, "sending");
    return message;
  }

  /**
   * A message of ours came back, perhaps in a replay after the connection was lost.
   *
   * @param {string} content
   * @returns {boolean} False when it was none of these messages.
   */
  arrived(content) {
    const message = this.#messages.find((message) => {
      const wasSent = message.state === "sending" || message.state === "unsure";
      return wasSent && !message.recipient && message.content === content;
    });
    if (message) this.remove(message.key);
    return message !== undefined;
  }

  /**
   * A private message was acknowledged: it does not come back.
   *
   * @param {number} key
   * @returns {OutgoingMessage | undefined} Undefined when there is none, or it is for the room.
   */
  handedOver(key) {
    const message = this.#messages.find((message) => message.key === key);
    if (!message?.recipient) return undefined;
    this.remove(key);
    return message;
  }

  /** The server cannot take it right now; the same message is next again. */
  postpone() {
    const message = this.#find("sending");
    if (message) this.#set(message, "waiting");
  }

  /** @param {string} problem */
  refuse(problem) {
    const message = this.#find("sending");
    if (!message) return;
    message.problem = problem;
    this.#set(message, "refused");
  }

  /** The connection is gone, and with it the knowledge whether the message on its way arrived. */
  disconnected() {
    const message = this.#find("sending");
    if (message) this.#set(message, "unsure");
  }

  /**
   * Every missed message was replayed: what was not among them did not arrive. A private message
   * stays unsure, since those are never replayed.
   */
  recovered() {
    for (const message of this.#messages) {
      if (message.state === "unsure" && !message.recipient) message.state = "waiting";
    }
    this.#changed();
  }

  /**
   * Sends a message again, behind the others.
   *
   * @param {number} key
   */
  retry(key) {
    const message = this.#messages.find((message) => message.key === key);
    if (!message) return;
    this.#messages = this.#messages.filter((other) => other !== message);
    this.#append(message.content, "waiting", message.recipient);
    this.#changed();
  }

  /** @param {number} key */
  remove(key) {
    this.#messages = this.#messages.filter((message) => message.key !== key);
    this.#changed();
  }

  /** @param {OutgoingState} state */
  #find(state) {
    return this.#messages.find((message) => message.state === state);
  }

  /**
   * @param {string} content
   * @param {OutgoingState} state
   * @param {Recipient} [recipient]
   */
  #append(content, state, recipient) {
    this.#messages.push({ key: ++this.#lastKey, content, state, ...recipient && { recipient } });
  }

  /**
   * @param {OutgoingMessage} message
   * @param {OutgoingState} state
   */
  #set(message, state) {
    message.state = state;
    this.#changed();
  }

  #changed() {
    this.#onChange(this.#messages);
  }
}
