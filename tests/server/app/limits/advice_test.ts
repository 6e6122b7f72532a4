/** Notices to the operator where a client's messages are refused. */

import { assertEquals } from "@std/assert";
import { adviceOn, nearestName } from "../../../../server/app/limits/advice.ts";
import { App } from "../../../../server/app/app.ts";
import { EventError, type EventErrorCode } from "../../../../server/app/events/errors.ts";
import { resolveRateLimit } from "../../../../server/app/limits/rate_limit.ts";
import type { SubjectNotice } from "../../../../server/types.ts";
import { ManualClock, openApp } from "../../../support/clients.ts";
import { MemoryConnection } from "../../../support/memory_connection.ts";

const context = {
  rateLimit: resolveRateLimit({ events: { "typing:start": { perSecond: 1, burst: 3 } } }),
  events: ["chat:message", "typing:start"],
  clientsJoin: false,
};

function advice(code: EventErrorCode | "QUOTA", event?: string, message = "m"): string | undefined {
  return adviceOn(new EventError(code, message), event, context);
}

Deno.test("adviceOn() names the option that would let a message pass", () => {
  assertEquals(
    advice("RATE_LIMITED", "chat:message"),
    'Event "chat:message" came faster than rateLimit of the App allows, ' +
      "10 a second and 20 at once: raise it where clients are meant to",
  );
  assertEquals(
    advice("RATE_LIMITED", "typing:start"),
    'Event "typing:start" came faster than rateLimit.events["typing:start"] of the App allows, ' +
      "1 a second and 3 at once: raise it where clients are meant to",
  );
  assertEquals(advice("RATE_LIMITED")?.startsWith("A message came faster than rateLimit"), true);
});

Deno.test("adviceOn() tells a refused payload, and a mistyped event, from what was meant", () => {
  assertEquals(
    advice("INVALID_MESSAGE", "chat:message", "content: Too long"),
    'Event "chat:message" was refused, check its schema and what clients send: "content: Too long"',
  );
  assertEquals(advice("INVALID_MESSAGE", undefined, "Message must be text"), undefined);
  assertEquals(
    advice("UNKNOWN_EVENT", "chat:mesage"),
    'Event "chat:mesage" has no handler: did you mean "chat:message"',
  );
  assertEquals(advice("UNKNOWN_EVENT", "x"), 'Event "x" has no handler: add one by app.on()');
});

Deno.test("adviceOn() names the option without which no client may join a room", () => {
  const error = new EventError("FORBIDDEN", "m");
  assertEquals(
    adviceOn(error, "room:join", context),
    "A client wants to join a room: set the option rooms of the App where clients may",
  );
  assertEquals(adviceOn(error, "room:join", { ...context, clientsJoin: true }), undefined);
});

Deno.test("adviceOn() says nothing of an application's own errors, and of what is no JSON", () => {
  for (const code of ["FORBIDDEN", "INTERNAL", "PARSE_ERROR", "QUOTA"] as const) {
    assertEquals(advice(code, "chat:message"), undefined);
  }
});

Deno.test("hostile 117: adviceOn() quotes no more than 64 characters of a client's", () => {
  const text = advice("UNKNOWN_EVENT", `\n${"x".repeat(10_000)}`);
  assertEquals(text, `Event "\\n${"x".repeat(63)}…" has no handler: add one by app.on()`);
});

Deno.test("nearestName() finds a name with up to two typos, or in another case", () => {
  const names = ["chat:message", "message:new", "room:join"];
  const cases: [name: string, near: string | undefined][] = [
    ["chat:mesage", "chat:message"],
    ["cht:mesage", "chat:message"],
    ["CHAT:MESSAGE", "chat:message"],
    ["room_join", "room:join"],
    ["room", undefined],
    ["", undefined],
  ];
  for (const [name, near] of cases) assertEquals(nearestName(name, names), near, name);
});

Deno.test("App tells the operator once of each mistake of a client", async () => {
  const notices: SubjectNotice[] = [];
  const { now } = new ManualClock();
  const app = new App({ rateLimit: { perSecond: 1, burst: 6, now } }).on("note", () => {});
  const connection = new MemoryConnection();
  openApp(app, connection, { notify: (notice) => void notices.push(notice) });
  for (let i = 0; i < 10; i++) await connection.receiveJson({ type: i % 2 === 0 ? "nte" : "x" });
  await connection.receive("{");
  assertEquals(notices.map(({ code }) => code), ["UNKNOWN_EVENT", "RATE_LIMITED"]);
  const { id, remoteAddress: address } = connection;
  assertEquals(notices[0], {
    code: "UNKNOWN_EVENT",
    message: 'Event "nte" has no handler: did you mean "note"',
    subject: id,
    id,
    address,
  });
});
