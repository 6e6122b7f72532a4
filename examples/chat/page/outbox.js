// @ts-check
/** The messages a person has written and the server has not sent back yet: none is lost silently. */

/**
 * - `waiting`: goes out as soon as the room is there
 * - `sending`: handed to the connection, not seen back yet
 * - `unsure`: the connection was lost in between
 * - `refused`: the server answered with an error
 * - `unsent`: left over from an earlier visit
 *
 * @typedef {"waiting" | "sending" | "unsure" | "refused" | "unsent"} LetterState
 *
 * @typedef {{ userId: string, label: string }} Recipient
 *
 * @typedef {object} Letter
 * @property {number} key
 * @property {string} content
 * @property {Recipient} [recipient] For whom alone it is; without one, for the room.
 * @property {LetterState} state
 * @property {string} [problem] What the server said.
 */

/**
 * Keeps the order and hands out one letter at a time: the next leaves when the last has come back,
 * so a burst written while offline arrives in order and within the server's rate limit.
 */
export class Outbox {
  /** @type {Letter[]} */
  #letters = [];
  #lastKey = 0;
  #onChange;

  /**
   * @param {readonly string[]} leftovers Contents from an earlier visit.
   * @param {(letters: readonly Letter[]) => void} onChange
   */
  constructor(leftovers, onChange) {
    this.#onChange = onChange;
    for (const content of leftovers) this.#append(content, "unsent");
  }

  /** @returns {readonly Letter[]} */
  get letters() {
    return this.#letters;
  }

  /**
   * @param {string} content
   * @param {Recipient} [recipient]
   */
  add(content, recipient) {
    this.#append(content, "waiting", recipient);
    this.#changed();
  }

  /** @returns {Letter | undefined} The next letter to send, now `sending`. */
  take() {
    if (this.#find("sending")) return undefined;
    const letter = this.#find("waiting");
    if (letter) this.#set(letter, "sending");
    return letter;
  }

  /**
   * A message of ours came back, perhaps in a replay after the connection was lost.
   *
   * @param {string} content
   * @returns {boolean} False when it was none of these letters.
   */
  arrived(content) {
    const letter = this.#letters.find((letter) => {
      const wasSent = letter.state === "sending" || letter.state === "unsure";
      return wasSent && !letter.recipient && letter.content === content;
    });
    if (letter) this.remove(letter.key);
    return letter !== undefined;
  }

  /**
   * A private letter was acknowledged: it does not come back.
   *
   * @param {number} key
   * @returns {Letter | undefined} Undefined when there is no such letter, or it is for the room.
   */
  handedOver(key) {
    const letter = this.#letters.find((letter) => letter.key === key);
    if (!letter?.recipient) return undefined;
    this.remove(key);
    return letter;
  }

  /** The server cannot take it right now; the same letter is next again. */
  postpone() {
    const letter = this.#find("sending");
    if (letter) this.#set(letter, "waiting");
  }

  /** @param {string} problem */
  refuse(problem) {
    const letter = this.#find("sending");
    if (!letter) return;
    letter.problem = problem;
    this.#set(letter, "refused");
  }

  /** The connection is gone, and with it the knowledge whether the letter on its way arrived. */
  disconnected() {
    const letter = this.#find("sending");
    if (letter) this.#set(letter, "unsure");
  }

  /**
   * Every missed message was replayed: what was not among them did not arrive. A private letter
   * stays unsure, since those are never replayed.
   */
  recovered() {
    for (const letter of this.#letters) {
      if (letter.state === "unsure" && !letter.recipient) letter.state = "waiting";
    }
    this.#changed();
  }

  /**
   * Sends a letter again, behind the others.
   *
   * @param {number} key
   */
  retry(key) {
    const letter = this.#letters.find((letter) => letter.key === key);
    if (!letter) return;
    this.#letters = this.#letters.filter((other) => other !== letter);
    this.#append(letter.content, "waiting", letter.recipient);
    this.#changed();
  }

  /** @param {number} key */
  remove(key) {
    this.#letters = this.#letters.filter((letter) => letter.key !== key);
    this.#changed();
  }

  /** @param {LetterState} state */
  #find(state) {
    return this.#letters.find((letter) => letter.state === state);
  }

  /**
   * @param {string} content
   * @param {LetterState} state
   * @param {Recipient} [recipient]
   */
  #append(content, state, recipient) {
    this.#letters.push({ key: ++this.#lastKey, content, state, ...recipient && { recipient } });
  }

  /**
   * @param {Letter} letter
   * @param {LetterState} state
   */
  #set(letter, state) {
    letter.state = state;
    this.#changed();
  }

  #changed() {
    this.#onChange(this.#letters);
  }
}
