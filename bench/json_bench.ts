/** The cost of the JSON wire on top of JSON.parse and JSON.stringify. */

import { parseClientMessage } from "../wire/client_message.ts";
import { checkData, encodeData } from "../wire/data.ts";
import { encodeEvent } from "../wire/event_message.ts";

const data = { id: 123, userId: "u1", content: "Cast off at noon", ts: 1_700_000_000, seq: 42 };
const message = { type: "chat:message", ...data };
const text = JSON.stringify(message);
const request = JSON.stringify({ id: crypto.randomUUID(), event: "chat:message", data });

Deno.bench("parseClientMessage", { group: "read an event", baseline: true }, () => {
  parseClientMessage(text);
});

Deno.bench("JSON.parse alone", { group: "read an event" }, () => {
  JSON.parse(text);
});

Deno.bench("parseClientMessage", { group: "read a request", baseline: true }, () => {
  parseClientMessage(request);
});

Deno.bench("JSON.parse alone", { group: "read a request" }, () => {
  JSON.parse(request);
});

Deno.bench("encodeEvent", { group: "write an event", baseline: true }, () => {
  encodeEvent("chat:message", encodeData(data));
});

Deno.bench("JSON.stringify alone", { group: "write an event" }, () => {
  JSON.stringify(message);
});

Deno.bench("checkData", { group: "look at data" }, () => {
  checkData(data);
});
