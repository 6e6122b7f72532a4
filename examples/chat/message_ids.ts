/** Ids of messages, which no two nodes give twice. */

/** Ids that may be given in a millisecond; one more takes the next millisecond's. */
const perMillisecond = 4_096;

/** Makes UUIDs of version 7 (RFC 9562 §5.7): by their text they stand in the order of their time. */
export class MessageIds {
  #time = 0;
  #count = 0;

  /**
   * Makes an id, larger than all that were made here before, whatever the clock does.
   *
   * @param now Milliseconds since 1970.
   * @returns A UUID.
   */
  next(now: number): string {
    if (now > this.#time) {
      this.#time = now;
      this.#count = 0;
    } else if (++this.#count === perMillisecond) {
      this.#time++;
      this.#count = 0;
    }
    const time = this.#time.toString(16).padStart(12, "0");
    const count = this.#count.toString(16).padStart(3, "0");
    // The last two groups are as random in any version.
    const random = crypto.randomUUID().slice("00000000-0000-0000-".length);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${random}`;
  }
}
