/** Positions as text. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parsePositions, PositionList } from "../../../../server/wires/fallback/position_list.ts";

Deno.test("parsePositions() reads one position per room", () => {
  assertEquals(parsePositions("abc:41", 1), [{ epoch: "abc", seq: 41 }]);
  assertEquals(parsePositions("a-1:0,-,b~2:7", 3), [
    { epoch: "a-1", seq: 0 },
    undefined,
    { epoch: "b~2", seq: 7 },
  ]);
  assertEquals(parsePositions("abc:41", 2), [{ epoch: "abc", seq: 41 }, undefined]);
  assertEquals(parsePositions("abc:41,abc:42", 1), [{ epoch: "abc", seq: 41 }]);
  assertEquals(parsePositions(null, 1), [undefined]);
  assertEquals(parsePositions("", 0), []);
});

Deno.test("hostile 108: parsePositions() knows no position where there is none of ours", () => {
  const texts = ["", ":", ":1", "a:", "a:-1", "a:1.5", "a:1e3", "a:x", "a: 1", "a b:1", "a:1:2"];
  for (const text of [...texts, `${"a".repeat(65)}:1`, "a:9999999999999999", "a:1\n", "\0:1"]) {
    assertEquals(parsePositions(text, 1), [undefined], JSON.stringify(text));
  }
});

Deno.test("PositionList.toString() is what parsePositions() reads", () => {
  const position = fc.record({
    epoch: fc.stringMatching(/^[\w.~-]{1,64}$/),
    seq: fc.nat(1_000_000_000),
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(fc.option(position, { nil: undefined }), { minLength: 1 }), (all) => {
      const list = new PositionList(all.map((_, index) => `${index}`));
      for (const [index, each] of all.entries()) {
        if (each !== undefined) list.sent(`${index}`, each);
      }
      assertEquals(parsePositions(list.toString(), all.length), all);
    }),
  );
});

Deno.test("PositionList follows messages, and joins that do not lie behind them", () => {
  const list = new PositionList(["deck", "bridge", "deck"]);
  assertEquals([list.rooms, list.toString(), list.recovered], [["deck", "bridge"], "", false]);
  list.joined("deck", { position: { epoch: "e", seq: 4 }, recovered: true });
  assertEquals([list.toString(), list.recovered], ["e:4,-", false]);
  list.sent("deck", { epoch: "e", seq: 5 });
  list.joined("deck", { position: { epoch: "e", seq: 4 }, recovered: true });
  list.sent("hold", { epoch: "h", seq: 1 });
  list.joined("hold", { position: { epoch: "h", seq: 1 }, recovered: false });
  assertEquals(list.toString(), "e:5,-");
  list.joined("bridge", { position: { epoch: "b", seq: 0 }, recovered: true });
  list.joined("deck", { position: { epoch: "f", seq: 0 }, recovered: true });
  assertEquals([list.toString(), list.recovered], ["f:0,b:0", true]);
});

Deno.test("PositionList.claim() holds until the room is joined", () => {
  const list = new PositionList(["deck", "bridge", "hold"]);
  list.claim(parsePositions("e:4,b:9,h:2", 3));
  assertEquals([list.toString(), list.recovered, list.lost], ["e:4,b:9,h:2", false, false]);
  list.sent("deck", { epoch: "e", seq: 5 });
  assertEquals(list.toString(), "e:5,b:9,h:2");
  list.joined("deck", { position: { epoch: "e", seq: 5 }, recovered: true });
  list.joined("bridge", { position: { epoch: "b", seq: 3 }, recovered: false }); // not at 9
  assertEquals([list.toString(), list.lost], ["e:5,b:3,h:2", true]);
  list.joined("hold", { position: { epoch: "", seq: 0 }, recovered: false });
  assertEquals(list.toString(), "e:5,b:3,-");
});

Deno.test("PositionList does not know a position without an epoch", () => {
  const list = new PositionList(["deck"]);
  list.joined("deck", { position: { epoch: "", seq: 0 }, recovered: false });
  assertEquals(list.toString(), "");
});
