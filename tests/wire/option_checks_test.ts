/** Checks of options: whether each is known, and of the right type. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import {
  apiKeys,
  App,
  type Connection,
  EventError,
  fallback,
  jsonLog,
  jwt,
  MemoryHistory,
  type Operated,
  operations,
  publish,
  serve,
  textLog,
} from "@hawser/ws";
import { SqliteHistory } from "@hawser/ws/sqlite";
import { secret } from "../support/tokens.ts";
import {
  checkNames,
  checkNumber,
  checkNumbers,
  checkOptions,
  type NumberRange,
} from "../../wire/option_checks.ts";

const types = {
  audience: "string|object",
  allowWithoutExpiry: "boolean",
  maxRooms: "number",
  maxRoomNameSize: "number",
  user: "function",
  secret: "any",
};

Deno.test("checkOptions() takes what is known, each of its types, and undefined for any", () => {
  checkOptions("a test", {}, types);
  checkOptions("a test", { audience: ["a"], secret: null, user: undefined }, types);
  checkOptions("a test", { audience: "a", maxRooms: NaN, allowWithoutExpiry: false }, types);
});

Deno.test("hostile 196: checkOptions() refuses what is not known, and names what is spelled like it", () => {
  const cases = {
    audince: "audience",
    Audience: "audience",
    maxrooms: "maxRooms",
    maxRoms: "maxRooms",
    maxRoomName: "maxRoomNameSize",
    uesr: "user",
  };
  for (const [name, meant] of Object.entries(cases)) {
    const text = `Cannot use option "${name}" of a test: did you mean "${meant}"`;
    assertThrows(() => checkOptions("a test", { [name]: 1 }, types), TypeError, text);
  }
  for (const name of ["colour", "__proto__", "toString", "constructor", ""]) {
    const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
    const text = `Cannot use option "${name}" of a test: it is none of audience, `;
    assertThrows(() => checkOptions("a test", options, types), TypeError, text);
  }
  assertThrows(() => checkOptions("a test", { colour: undefined }, types), TypeError);
});

Deno.test("checkOptions() refuses values of another type, and does not quote them", () => {
  const wrong = { audience: 5, allowWithoutExpiry: "no", maxRooms: "5", user: null };
  for (const [name, value] of Object.entries(wrong)) {
    const { message } = assertThrows(
      () => checkOptions("a test", { [name]: value }, types),
      TypeError,
      `Cannot use option "${name}" of a test as it must be of type `,
    );
    assert(!message.includes(`${value}"`));
  }
  for (const options of ["secret", 5, null, true] as unknown as object[]) {
    const { message } = assertThrows(
      () => checkOptions("a test", options, types),
      TypeError,
      "Cannot use the options of a test as they must be an object",
    );
    assert(!message.includes("secret"));
  }
});

const names = ["maxQueue", "minDelay", "onQueueFull", "token"];

Deno.test("checkNames() refuses what is not known, and names what is spelled like it", () => {
  checkNames("a test", { token: undefined, minDelay: 1 }, names);
  const meant = { maxqueue: "maxQueue", maxQeue: "maxQueue", tokn: "token", queue: "maxQueue" };
  for (const [name, expected] of Object.entries(meant)) {
    const { message } = assertThrows(() => checkNames("a test", { [name]: 1 }, names), TypeError);
    const hint = `did you mean "${expected}"`;
    assertEquals(message, `Cannot use option "${name}" of a test: ${hint}`);
  }
  const { message } = assertThrows(() => checkNames("a test", { colour: 1 }, names), TypeError);
  assertEquals(message, `Cannot use option "colour" of a test: it is none of ${names.join(", ")}`);
});

/** Options of which one is misspelled. */
function misspelled(name: string): object {
  return { [name]: 5 };
}

const operated: Operated = { ready: true, stats: () => fail("Nobody asks") };
const auth = apiKeys(["k-4f9b1c"]);

/** Calls with a misspelled option, and what is meant. */
const calls: readonly (readonly [meant: string, call: () => unknown])[] = [
  ["maxRooms", () => new App(misspelled("maxRoms"))],
  ["perSecond", () => new App({ rateLimit: misspelled("perSeconds") })],
  ["burst", () => new App({ rateLimit: { perUser: misspelled("brust") } })],
  ["burst", () => new App({ rateLimit: { events: { note: misspelled("burts") } } })],
  ["perSecond", () => new App({ connectRate: misspelled("persecond") })],
  ["grace", () => new App({ presence: misspelled("grase") })],
  ["size", () => new App({ rooms: { history: misspelled("sizes") } })],
  ["heartbeat", () => fallback(misspelled("heartbeats"))],
  ["maxFailures", () => publish({ auth, ...misspelled("maxFailure") })],
  ["auth.mode", () => new App(misspelled("authmode"))],
  ["auth", () => new App(misspelled("maxFailedAuths"))],
  ["maxFailures", () => new App({ auth: { verify: auth, ...misspelled("maxFailure") } })],
  ["maxRooms", () => new App().of("/admin", misspelled("maxRoms"))],
  ["audience", () => jwt({ secret, ...misspelled("audince") })],
  ["algorithms", () => jwt({ secret, ...misspelled("algorithm") })],
  ["maxBytes", () => new MemoryHistory(misspelled("maxByte"))],
  ["isInUse", () => new MemoryHistory({}, misspelled("inUse"))],
  ["synchronous", () => new SqliteHistory(":memory:", misspelled("synchronus"))],
  ["now", () => new SqliteHistory(":memory:", {}, misspelled("nov"))],
  ["details", () => new EventError("FORBIDDEN", "No", misspelled("detail"))],
  ["metricsPath", () => operations(operated, misspelled("metricPath"))],
  ["timeout", () => new App().emitWithAck("ask", {}, misspelled("timeOut"))],
  ["hostname", () => serve(misspelled("hostnam"), () => {})],
];

Deno.test("hostile 196: every function that takes options refuses a misspelled one by name", async () => {
  // Methods that return promises reject.
  for (const [meant, call] of calls) {
    await assertRejects(async () => await call(), TypeError, `did you mean "${meant}"`);
  }
});

Deno.test("hostile 196: a server and its connections refuse misspelled options, and go on", async () => {
  const connected = Promise.withResolvers<Connection>();
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  await using server = serve(options, connected.resolve);
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  const connection = await connected.promise;
  assertThrows(
    () => connection.send("secret", misspelled("compres")),
    TypeError,
    "it is none of compress",
  );
  assertThrows(() => server.broadcast("news", misspelled("exept")), TypeError, 'mean "except"');
  await assertRejects(() => server.shutdown(misspelled("dedline")), TypeError, 'mean "deadline"');
  assertEquals([server.ready, connection.send("all is well")], [true, "sent"]);
  const { data } = await new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
  assertEquals(data, "all is well");
});

Deno.test("textLog() and jsonLog() refuse what is no function", () => {
  const file = "log.txt" as unknown as (line: string) => void;
  assertThrows(() => textLog(file), TypeError, "write must be a function");
  assertThrows(() => jsonLog(file), TypeError, "write must be a function");
});

Deno.test("checkNumber() says name, range, unit and value", () => {
  const cases: [NumberRange, bad: number[], good: number[], text: string][] = [
    [{ least: 1 }, [0, 1.5, NaN, Infinity], [1, 1e15], "a whole number >= 1"],
    [
      { least: 1, unit: "ms", endless: true },
      [0, NaN],
      [Infinity],
      "a whole number >= 1 ms or Inf",
    ],
    [{ least: 0, most: 9, unit: "ms" }, [-1, 10, 0.5], [0, 9], "a whole number from 0 to 9 ms"],
    [{ above: 0, fractions: true }, [0, Infinity, NaN], [0.001], "a finite number > 0"],
    [{ above: 0, most: 5, fractions: true }, [0, 6], [0.1, 5], "> 0 and <= 5"],
    [{ least: 0, most: 5, fractions: true }, [-1, 5.5], [0.5], "from 0 to 5"],
    [{ least: 2, fractions: true, endless: true }, [1, NaN], [2.5, Infinity], ">= 2"],
  ];
  for (const [range, bad, good, text] of cases) {
    for (const value of good) assertEquals(checkNumber("a.b", value, range), value);
    for (const value of bad) {
      const { message } = assertThrows(() => checkNumber("a.b", value, range), RangeError);
      assertStringIncludes(message, `Cannot use a.b as it must be ${text}`);
      assertStringIncludes(message, `: current value is ${value}`);
    }
  }
  const wrong = "80" as unknown as number;
  const { message } = assertThrows(() => checkNumber("port", wrong, { least: 0 }), TypeError);
  assertEquals(message, "Cannot use port as it must be a number: the type is string");
});

Deno.test("checkNumbers() checks each by its range", () => {
  const ranges = { size: { least: 0 }, age: { least: 1, unit: "ms" } };
  checkNumbers("history.", { size: 0, age: 1 }, ranges);
  assertThrows(
    () => checkNumbers("history.", { size: 0, age: 0 }, ranges),
    RangeError,
    "Cannot use history.age as it must be a whole number >= 1 ms: current value is 0",
  );
});
