/** Notices to the operator of a server: one for each client or origin, and few in a minute. */

import type { SubjectNotice } from "../types.ts";
import type { NoticeRecord } from "./log_records.ts";

/** Subjects that are remembered as reported. @limit notices: the oldest may be reported again */
const maxRemembered = 1_000;

/** Notices in a minute. @limit notices: counted, and not reported */
const maxPerMinute = 10;

/** Reports each notice once, and a bounded number of them: peers must not be able to fill a log by them. */
export class Notices {
  readonly #write: (record: NoticeRecord) => void;
  readonly #now: () => number;
  readonly #reported = new Set<string>();
  /** When the minute began whose notices are counted. */
  #since = -Infinity;
  #count = 0;
  #unreported = 0;

  /**
   * @param write Takes the records. Does not throw.
   * @param now A clock in milliseconds that never jumps.
   */
  constructor(write: (record: NoticeRecord) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  /** Reports a notice, unless its code was reported of its subject. */
  report({ subject, ...notice }: SubjectNotice): void {
    const key = `${notice.code} ${subject}`;
    if (this.#reported.has(key)) return;
    if (!this.#mayGoOn()) return void this.#unreported++;
    this.#reported.add(key);
    const [oldest] = this.#reported;
    if (this.#reported.size > maxRemembered && oldest !== undefined) this.#reported.delete(oldest);
    const suppressed = this.#unreported > 0 ? { suppressed: this.#unreported } : undefined;
    this.#unreported = 0;
    this.#write({ time: Date.now(), event: "notice", ...notice, ...suppressed });
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
