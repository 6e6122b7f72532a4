/** The last 32 KiB of what a stream has made. */

import { assert, assertEquals } from "@std/assert";
import { longestDistance, OutputHistory } from "../../../../server/net/websocket/output_history.ts";
import { concat } from "../../../support/bytes.ts";
import { random } from "../../../support/splits.ts";

Deno.test("OutputHistory.copy() gives the end of what was pushed, whatever the pieces", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const next = random(seed);
    const history = new OutputHistory();
    const pieces: Uint8Array[] = [];
    const most = [50, 3000, 40_000][seed % 3]!;
    for (let count = 0; count < 30; count++) {
      const piece = Uint8Array.from({ length: most * next() }, () => 256 * next());
      pieces.push(piece);
      history.push(piece);
      assertEquals(history.copy(), concat(pieces).slice(-longestDistance));
    }
  }
});

Deno.test("OutputHistory holds no more than it needs, and never more than 32 KiB", () => {
  const history = new OutputHistory();
  history.push(new Uint8Array(400));
  assert(history.heldBytes <= 1024);
  for (let count = 0; count < 10; count++) history.push(new Uint8Array(16 * 1024));
  assertEquals(history.heldBytes, longestDistance);
});

Deno.test("OutputHistory.clear() forgets", () => {
  const history = new OutputHistory();
  for (let count = 0; count < 5; count++) history.push(new Uint8Array(16 * 1024));
  history.clear();
  assertEquals(history.copy(), new Uint8Array(0));
  history.push(Uint8Array.of(1, 2));
  assertEquals(history.copy(), Uint8Array.of(1, 2));
});
