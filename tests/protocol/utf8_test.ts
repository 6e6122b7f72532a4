/** UTF-8: the validator against TextDecoder, at any cut. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeUtf8, isUtf8, Utf8Validator } from "../../protocol/utf8.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { forEachSplit, hex, toHex } from "../support/splits.ts";

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodesFatally(bytes: Uint8Array): boolean {
  try {
    fatal.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Whether some text begins with these bytes: a streaming decoder takes what may go on. */
function mayGoOn(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const valid = [
  "",
  "00",
  "7f",
  "c280",
  "dfbf",
  "e0a080",
  "ed9fbf",
  "ee8080",
  "efbbbf",
  "efbfbe",
  "efbfbf",
  "f0908080",
  "f48fbfbf",
];

const invalid = [
  ...["80", "bf", "c080", "c0af", "c1bf", "e08080", "e09fbf", "f0808080", "f08fbfbf"],
  ...["eda080", "edbfbf", "eda080edb080", "f4908080", "f5808080", "f880808080", "fe", "ff"],
  ...["c2", "c27f", "c2c0", "e0a0", "e0a07f", "e282c0", "f090", "f09080", "f09080c0", "f0908041"],
];

Deno.test("isUtf8() knows the first and last of every form", () => {
  for (const text of valid) assert(isUtf8(hex(text)), text);
  for (const text of invalid) assert(!isUtf8(hex(text)), text);
});

Deno.test("isUtf8() agrees with a fatal TextDecoder on random bytes", () => {
  const bytes = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4),
    ),
    { maxLength: 8, size: "max" },
  );
  fc.assert(
    fc.property(bytes, (list) => {
      const bytes = Uint8Array.from(list);
      assertEquals(isUtf8(bytes), decodesFatally(bytes));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("isUtf8() agrees with a fatal TextDecoder on texts with one wrong byte", () => {
  const arbitraries = [fc.string({ unit: "binary" }), fc.nat(), fc.nat(255)] as const;
  fc.assert(
    fc.property(...arbitraries, (text, where, byte) => {
      const bytes = utf8(text);
      assert(isUtf8(bytes));
      if (bytes.length > 0) bytes[where % bytes.length] = byte;
      assertEquals(isUtf8(bytes), decodesFatally(bytes));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("isUtf8() knows all leading pairs", () => {
  for (let pair = 0xbf00; pair <= 0xf8ff; pair++) {
    for (const rest of ["", "80", "8080"]) {
      const bytes = concat([Uint8Array.of(pair >> 8, pair & 0xff), hex(rest)]);
      assert(isUtf8(bytes) === decodesFatally(bytes), toHex(bytes));
    }
  }
});

Deno.test("Utf8Validator.push() gives the same answer at any cut", () => {
  const text = fc.string({ unit: "binary", maxLength: 40, size: "max" });
  fc.assert(
    fc.property(text, fc.nat(), fc.option(fc.nat(255)), (text, where, byte) => {
      const bytes = utf8(text);
      if (byte !== null && bytes.length > 0) bytes[where % bytes.length] = byte;
      const expected = decodesFatally(bytes);
      forEachSplit(bytes, (chunks, how) => {
        const validator = new Utf8Validator();
        let good = true;
        for (const chunk of chunks) good &&= validator.push(chunk);
        assertEquals(good && validator.complete, expected, how);
      });
    }),
  );
});

Deno.test("hostile 60: Utf8Validator.push() fails on the first impossible byte", () => {
  for (const text of [...valid, ...invalid]) {
    const bytes = concat([utf8("κόσμε"), hex(text), utf8("x")]);
    const validator = new Utf8Validator();
    for (let end = 1; end <= bytes.length; end++) {
      const good = validator.push(bytes, end - 1, end);
      assertEquals(good, mayGoOn(bytes.subarray(0, end)), `${text} at ${end}`);
      if (!good) break;
    }
  }
});

Deno.test("hostile 61: Utf8Validator.complete waits for the rest of a code point", () => {
  const bytes = utf8("a\u00e9\u20ac\u{1f600}");
  const validator = new Utf8Validator();
  const complete = Array.from(bytes, (_, i) => {
    assert(validator.push(bytes, i, i + 1));
    return validator.complete;
  });
  assertEquals(complete.map(Number), [1, 0, 1, 0, 0, 1, 0, 0, 0, 1]);
});

Deno.test("Utf8Validator.reset() forgets the range of the next byte too", () => {
  for (const lead of ["e0", "ed", "f0", "f4", "e2", "c2"]) {
    const validator = new Utf8Validator();
    assert(validator.push(hex(lead)));
    validator.reset();
    assert(validator.complete);
    assert(validator.push(hex("c280 c2bf")), lead);
  }
});

Deno.test("isUtf8() is not led astray by the text before", () => {
  assert(!isUtf8(hex("f4")));
  assert(isUtf8(hex("c2bf")));
});

Deno.test("hostile 62: decodeUtf8() keeps a byte order mark and NUL", () => {
  assertEquals(decodeUtf8(hex("efbbbf 61 00 efbbbf")), "\ufeffa\0\ufeff");
});

Deno.test("decodeUtf8() decodes any text from the middle of a buffer", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300, size: "max" }), (text) => {
    const bytes = concat([utf8("€"), utf8(text), utf8("€")]);
    assertEquals(decodeUtf8(bytes, 3, bytes.length - 3), text);
  }));
});

Deno.test("decodeUtf8() decodes ASCII of every length alike, declared or not", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0x7f);
  const text = String.fromCharCode(...bytes);
  for (let length = 0; length < 140; length++) {
    assertEquals(decodeUtf8(bytes, 3, 3 + length, true), text.slice(3, 3 + length));
    assertEquals(decodeUtf8(bytes, 3, 3 + length), text.slice(3, 3 + length));
  }
});
