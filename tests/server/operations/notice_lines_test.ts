/** Notices as lines on stderr, where there is no log. */

import { assertEquals } from "@std/assert";
import type { NoticeRecord } from "../../../server/net/log_records.ts";
import { noticeLine, writeBroker, writeNotice } from "../../../server/operations/notice_lines.ts";
import { captureConsole } from "../../support/console.ts";

const notice: NoticeRecord = {
  time: 0,
  event: "notice",
  code: "ORIGIN_REFUSED",
  address: "192.0.2.1",
  message: 'Origin "https://a.example" may not connect: add it to allowedOrigins',
};

Deno.test("noticeLine() says what has happened, to whom, and how many were not said", () => {
  assertEquals(noticeLine(notice), `Hawser: ${notice.message}`);
  assertEquals(
    noticeLine({ ...notice, id: "c7", suppressed: 3 }),
    `Hawser: ${notice.message} (client c7) (and 3 more that were not reported)`,
  );
});

Deno.test("hostile 117: noticeLine() escapes what a terminal might obey", () => {
  const line = noticeLine({ ...notice, message: "a\n\u001b[2J\u202eb" });
  assertEquals(line, String.raw`Hawser: a\u000a\u001b[2J\u202eb`);
});

Deno.test("writeNotice() writes one line to stderr", async () => {
  assertEquals(await captureConsole(() => writeNotice(notice)), [`Hawser: ${notice.message}`]);
});

Deno.test("writeBroker() writes a line for each change of the broker, and for a node that has gone", async () => {
  const lines = await captureConsole(() => {
    writeBroker({ time: 0, event: "broker", state: "down" });
    writeBroker({ time: 0, event: "broker", state: "up" });
    writeBroker({ time: 0, event: "node", state: "lost", node: "abcdefgh" });
    writeBroker({ time: 0, event: "node", state: "left", node: "abcdefgh" });
  });
  assertEquals(lines, [
    "Hawser: the broker is down, and other nodes cannot be reached",
    "Hawser: the broker is up, and other nodes can be reached",
    "Hawser: node abcdefgh is lost",
    "Hawser: node abcdefgh has left",
  ]);
});
