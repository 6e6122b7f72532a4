/** Words to the operator of a server: once for each client or origin, and few in a minute. */

import type { SubjectNotice } from "../types.ts";
import type { NoticeRecord } from "./log_records.ts";

/** Subjects that are remembered as said. @limit notices: the oldest may be said again */
const maxRemembered = 1_000;

/** Notices in a minute. @limit notices: counted, and not said */
const maxPerMinute = 10;

/** Says each notice once, and not too many: peers must not be able to fill a log by them. */
export class Notices {
  readonly #write: (record: NoticeRecord) => void;
  readonly #now: () => number;
  readonly #said = new Set<string>();
  /** When the minute began whose notices are counted. */
  #since = -Infinity;
  #count = 0;
  #unsaid = 0;

  /**
   * @param write Takes the records. Does not throw.
   * @param now A clock in milliseconds that never jumps.
   */
  constructor(write: (record: NoticeRecord) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  /** Says something, unless it was said of its subject. */
  say({ subject, ...notice }: SubjectNotice): void {
    const key = `${notice.code} ${subject}`;
    if (this.#said.has(key)) return;
    if (!this.#mayGoOn()) return void this.#unsaid++;
    this.#said.add(key);
    const [oldest] = this.#said;
    if (this.#said.size > maxRemembered && oldest !== undefined) this.#said.delete(oldest);
    const unsaid = this.#unsaid > 0 ? { unsaid: this.#unsaid } : undefined;
    this.#unsaid = 0;
    this.#write({ time: Date.now(), event: "notice", ...notice, ...unsaid });
  }

  #mayGoOn(): boolean {
    const now = this.#now();
    if (now - this.#since >= 60_000) {
      this.#since = now;
      this.#count = 0;
    }
    return ++this.#count <= maxPerMinute;
  }
}
