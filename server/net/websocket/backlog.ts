/** How long a slow reader needs for what the kernel has taken for it. */

/**
 * A peer that reads so much a second is alive, though it sends nothing.
 *
 * @limit bytes a second: what waits for a slower one does not put off `pingTimeout` or `closeTimeout`
 */
export const slowRate = 32 * 1024;

/**
 * No kernel keeps more for one peer. Bytes.
 *
 * @limit bytes: `pingTimeout` is put off by no more than these last at 32 KiB a second, 128 s
 */
const mostKept = 4 * 1024 * 1024;

const second = 1000;

/**
 * A ping or a Close waits behind all that was written before it, in our queue and then in the
 * kernel's, which takes megabytes at once and does not tell what the peer has read of them. So a
 * peer that reads 40 KB a second answers minutes after a long message was written, and is alive.
 *
 * This is the queue as it would be if the peer read `slowRate`: each 32 KiB that the kernel takes
 * last a second longer. A peer that takes less than that on average gains no time, one that
 * takes a byte now and then among them.
 */
export class Backlog {
  #counted = 0;
  /** When a slow reader has read all that was written. Milliseconds. */
  drainedBy = 0;

  /**
   * The kernel has taken more.
   *
   * @param written Bytes that it has ever taken.
   * @param now Milliseconds.
   * @returns From how many bytes on this wants to be called again.
   */
  wrote(written: number, now: number): number {
    const units = Math.floor((written - this.#counted) / slowRate);
    this.#counted += units * slowRate;
    const drained = Math.max(this.drainedBy, now) + units * second;
    this.drainedBy = Math.min(drained, now + (mostKept / slowRate) * second);
    return this.#counted + slowRate;
  }

  /** The peer does not read: what was written gains it no more time. */
  giveUp(): void {
    this.drainedBy = 0;
  }
}
