// @ts-check
/** The people who are typing, and the signal that oneself is. */

/** Milliseconds for which "is typing" is shown after a signal. */
const SHOWN_FOR = 4_000;

/** Milliseconds between two signals: half of the time for which it is shown. */
const SAID_EVERY = 2_000;

/** The others who type. */
export class Typists {
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();
  #onChange;

  /** @param {(userIds: string[]) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {string} userId */
  start(userId) {
    clearTimeout(this.#timers.get(userId));
    this.#timers.set(userId, setTimeout(() => this.stop(userId), SHOWN_FOR));
    this.#onChange([...this.#timers.keys()]);
  }

  /** @param {string} userId */
  stop(userId) {
    clearTimeout(this.#timers.get(userId));
    if (this.#timers.delete(userId)) this.#onChange([...this.#timers.keys()]);
  }

  clear() {
    for (const userId of [...this.#timers.keys()]) this.stop(userId);
  }
}

/** Signals that the person is typing: at once, then at intervals. */
export class TypingSignal {
  #say;
  #lastSaid = -Infinity;

  /** @param {() => void} say */
  constructor(say) {
    this.#say = say;
  }

  /** Call for each change of the text. */
  typed() {
    const now = performance.now();
    if (now - this.#lastSaid < SAID_EVERY) return;
    this.#lastSaid = now;
    this.#say();
  }

  /** The message has left, and with it "is typing" on the others' screens. */
  sent() {
    this.#lastSaid = -Infinity;
  }
}

/**
 * @param {readonly string[]} names
 * @returns {string} "Ada is typing…"
 */
export function describeTypists(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return "Several people are typing…";
}
