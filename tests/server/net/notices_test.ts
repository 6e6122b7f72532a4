/** Words to the operator of a server: once for each client or origin, and few in a minute. */

import { assertEquals } from "@std/assert";
import type { NoticeRecord } from "../../../server/net/log_records.ts";
import { Notices } from "../../../server/net/notices.ts";

class Setup {
  time = 0;
  readonly said: NoticeRecord[] = [];
  readonly notices = new Notices((record) => void this.said.push(record), () => this.time);

  say(subject: string, code = "ORIGIN_REFUSED"): void {
    this.notices.report({ subject, code, message: `About ${subject}`, address: "192.0.2.1" });
  }
}

Deno.test("hostile 190: Notices says something once of each subject and code", () => {
  const { said, ...setup } = new Setup();
  const { notices } = setup;
  for (let i = 0; i < 3; i++) {
    for (const [subject, code] of [["a", "X"], ["b", "X"], ["a", "Y"]] as const) {
      notices.report({ subject, code, message: "m", address: "192.0.2.1", id: subject });
    }
  }
  assertEquals(said.map(({ id, code }) => [id, code]), [["a", "X"], ["b", "X"], ["a", "Y"]]);
  const { time, ...record } = said[0]!;
  assertEquals(Math.abs(time - Date.now()) < 60_000, true);
  assertEquals(record, { event: "notice", code: "X", message: "m", address: "192.0.2.1", id: "a" });
});

Deno.test("hostile 190: Notices says ten in a minute, and how many it has not said", () => {
  const setup = new Setup();
  for (let i = 0; i < 1_000; i++) setup.say(`${i}`);
  assertEquals(setup.said.length, 10);
  setup.time += 60_000;
  setup.say("5"); // it was said
  setup.say("500"); // it was not
  assertEquals(setup.said.at(-1)?.message, "About 500");
  assertEquals(setup.said.map(({ suppressed }) => suppressed), [...Array(10).fill(undefined), 990]);
  setup.say("501");
  assertEquals(setup.said.at(-1)?.suppressed, undefined);
});

Deno.test("hostile 190: Notices remembers a thousand subjects", () => {
  const setup = new Setup();
  for (let i = 0; i < 1_001; i++) {
    setup.time += 60_000;
    setup.say(`${i}`);
  }
  for (const [subject, isNew] of [["1", false], ["1000", false], ["0", true]] as const) {
    setup.time += 60_000;
    const { length } = setup.said;
    setup.say(subject);
    assertEquals(setup.said.length - length, isNew ? 1 : 0, subject);
  }
});
