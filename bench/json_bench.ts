/** What the JSON wire adds to JSON.parse and JSON.stringify. */

import { decodeMessage, encodeEvent } from "../server/wires/json/json_message.ts";

const data = { id: 123, userId: "u1", content: "Cast off at noon", ts: 1_700_000_000, seq: 42 };
const message = { type: "chat:message", ...data };
const text = JSON.stringify(message);
const request = JSON.stringify({ id: crypto.randomUUID(), event: "chat:message", data });

Deno.bench("decodeMessage", { group: "decode an event", baseline: true }, () => {
  decodeMessage(text);
});

Deno.bench("JSON.parse alone", { group: "decode an event" }, () => {
  JSON.parse(text);
});

Deno.bench("decodeMessage", { group: "decode a request", baseline: true }, () => {
  decodeMessage(request);
});

Deno.bench("JSON.parse alone", { group: "decode a request" }, () => {
  JSON.parse(request);
});

Deno.bench("encodeEvent", { group: "encode an event", baseline: true }, () => {
  encodeEvent("chat:message", data);
});

Deno.bench("JSON.stringify alone", { group: "encode an event" }, () => {
  JSON.stringify(message);
});
