/** Turns of the event loop for tests that do not wait for the real one. */

import { Turns, type TurnsOptions } from "../../server/net/turns.ts";

/** A turn that is never over: nobody has to wait, and there is nothing to close. */
export function endlessTurn(): Turns {
  return new Turns({
    now: () => 0,
    cpu: () => 0,
    loop: { next: () => Promise.resolve(), close() {} },
  });
}

/** Turns of the real event loop, by timers: there is nothing to close. */
export function timerTurns(clock: Pick<TurnsOptions, "now" | "cpu"> = {}): Turns {
  const next = async (turned: () => Promise<void> | void = () => {}) => {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    await turned();
  };
  return new Turns({ ...clock, loop: { next, close() {} } });
}

/** The same where time passes only as a test says. */
export class CountedTurns {
  /** Milliseconds. */
  time = 0;
  readonly turns = timerTurns({ now: () => this.time, cpu: () => this.time });
}
