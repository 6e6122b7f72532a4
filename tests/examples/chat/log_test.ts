/** Tests of examples/chat/log.ts; tests/integration/operations_test.ts reads what is printed. */

import { assertEquals } from "@std/assert";
import { openLog } from "../../../examples/chat/log.ts";

Deno.test("openLog() writes nothing where nobody asks for it", () => {
  assertEquals(openLog(undefined, () => {}), undefined);
});

Deno.test("openLog() prints lines of the format that is asked for", () => {
  const lines: string[] = [];
  for (const format of ["text", "json"]) {
    const log = openLog(format, (line) => lines.push(line));
    log?.({ time: 0, event: "reject", address: "a", status: 408, reason: "Late" });
  }
  const time = "1970-01-01T00:00:00.000Z";
  assertEquals(lines, [
    `${time} reject address=a status=408 reason=Late`,
    `{"time":"${time}","event":"reject","address":"a","status":408,"reason":"Late"}`,
  ]);
});
