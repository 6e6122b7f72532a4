/** The cost of checking and decoding text, ASCII and mixed, against TextDecoder. */

import { decodeUtf8, isUtf8 } from "../protocol/utf8.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });

const texts = {
  "ASCII 32 B": "The tide turns at noon, cast off",
  "ASCII 1 KiB": "The tide turns at noon, cast off".repeat(32),
  "mixed 1 KiB": "Größe, naïve, 東京, Привет, 🚢 ahoy ".repeat(20),
};

for (const [name, text] of Object.entries(texts)) {
  const bytes = encoder.encode(text);
  const ascii = name.startsWith("ASCII");

  Deno.bench(`isUtf8, ${name}`, { group: `check ${name}`, baseline: true }, () => {
    isUtf8(bytes);
  });

  Deno.bench(`TextDecoder, fatal, ${name}`, { group: `check ${name}` }, () => {
    strictDecoder.decode(bytes);
  });

  Deno.bench(`decodeUtf8, ${name}`, { group: `decode ${name}`, baseline: true }, () => {
    decodeUtf8(bytes, 0, bytes.length, ascii);
  });

  Deno.bench(`TextDecoder, ${name}`, { group: `decode ${name}` }, () => {
    decoder.decode(bytes);
  });
}
