/** Clients that must say who they are, and go on saying so while grants end. */

import { assertEquals } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import type { Authenticator, AuthOptions, Grant } from "../../../../server/app/auth/auth.ts";
import { ManualClock, openApp } from "../../../support/clients.ts";
import { MemoryConnection } from "../../../support/memory_connection.ts";

/** A token is JSON: the grant itself, with its end in milliseconds from now as `for`. */
const auth: Authenticator<string> = {
  verify(token) {
    const { user, for: time = 60_000 } = JSON.parse(token);
    const grant = { user, subject: user.split("/")[0], expiresAt: Date.now() + time };
    return Promise.resolve(user === "eve" ? undefined : grant);
  },
};

function tokenFor(user: string, time?: number): string {
  return JSON.stringify({ user, for: time });
}

interface Setting {
  readonly app: App<Record<string, unknown>, Record<string, unknown>, string>;
  readonly clock: ManualClock;
  /** Events that were handled, and connections that came and went. */
  readonly trace: string[];
  readonly errors: string[];
  connect(grant?: Grant<string>): MemoryConnection;
}

function setUp(options: Partial<AuthOptions<string>> = {}): Setting {
  const clock = new ManualClock();
  const trace: string[] = [];
  const errors: string[] = [];
  const app = new App<Record<string, unknown>, Record<string, unknown>, string>({
    auth: { verify: auth, ...options },
    clock,
    welcome: (client) => ({ name: client.user }),
    onError: (error, { event }) => void errors.push(`${event}: ${(error as Error).message}`),
  });
  app.onConnect((client) => void trace.push(`+${client.user}`));
  app.onDisconnect((client) => void trace.push(`-${client.user}`));
  app.on("note", (client) => void trace.push(`note of ${client.user}`));
  app.on("slow", async (client) => {
    await Promise.resolve();
    trace.push(`slow of ${client.user}`);
  });
  function connect(grant?: Grant<string>): MemoryConnection {
    const connection = new MemoryConnection();
    openApp(app, connection, { grant });
    return connection;
  }
  return { app, clock, trace, errors, connect };
}

function typesOf(connection: MemoryConnection): string[] {
  return connection.take().map(({ type }) => type);
}

const note = { type: "note" };

Deno.test("Authentication.begin() welcomes who was admitted, then says that and what it claims", async () => {
  const { connect, trace } = setUp();
  const connection = connect({ user: "ada", claims: { sub: "ada" } });
  const [welcome, ok] = connection.take();
  assertEquals([welcome.type, welcome.name], ["welcome", "ada"]);
  assertEquals(ok, { type: "auth_ok", user: { sub: "ada" } });
  await connection.receiveJson(note);
  connection.end();
  assertEquals(trace, ["+ada", "note of ada", "-ada"]);
});

Deno.test("hostile 226: a sign of life of a client that has not signed in is answered, and is no event", async () => {
  const { connect, trace } = setUp();
  const connection = connect();
  connection.take();
  for (let n = 0; n < 3; n++) await connection.receiveJson({ type: "ping" });
  await connection.receiveJson({ type: "pong" });
  const pong = { type: "pong" };
  assertEquals([connection.take(), connection.state, trace], [[pong, pong, pong], "open", []]);
});

Deno.test("hostile 223: claims that JSON cannot carry end the connection, and nothing is thrown", () => {
  const { app, connect, errors } = setUp();
  const connection = connect({ user: "ada", claims: { sub: "ada", roles: new Set() } });
  assertEquals([connection.state, app.size], ["closing", 0]);
  assertEquals(errors, ["connect: Cannot send data: data.user.roles is a Set"]);
});

Deno.test("Authentication.begin() tells only its id and its rate to who is not known yet", () => {
  const { app, connect, trace } = setUp();
  const connection = connect();
  const [welcome] = connection.take();
  assertEquals(Object.keys(welcome), ["type", "id", "rateLimit"]);
  app.emit("secret", {});
  assertEquals([app.size, app.client(welcome.id), connection.take()], [0, undefined, []]);
  connection.end();
  assertEquals(trace, []);
});

Deno.test("Authentication.present() lets in by the first message", async () => {
  const { app, connect, trace } = setUp();
  const connection = connect();
  connection.take();
  await connection.receiveJson({ type: "auth", token: tokenFor("ada") });
  await connection.receiveJson(note);
  assertEquals(connection.take(), [{ type: "auth_ok" }]);
  assertEquals([trace, app.size], [["+ada", "note of ada"], 1]);
  connection.end();
});

Deno.test("Authentication.present() closes with 1008 for a bad token", async () => {
  const { connect, trace } = setUp();
  const connection = connect();
  await connection.receiveJson({ type: "auth", token: tokenFor("eve") });
  assertEquals(connection.closedWith, { code: 1008, reason: "Authentication failed" });
  connection.end();
  assertEquals(trace, []);
});

Deno.test("Authentication closes with 1008 where anything but auth comes first", async () => {
  const firsts = [
    JSON.stringify(note),
    JSON.stringify({ id: "1", event: "auth", data: { token: tokenFor("ada") } }),
    JSON.stringify({ ack: "1", data: 1 }),
    "{",
    "null",
    new Uint8Array([1]),
  ];
  for (const first of firsts) {
    const { connect, trace } = setUp();
    const connection = connect();
    await connection.receive(first);
    assertEquals(connection.closedWith, { code: 1008, reason: "Not authenticated" });
    assertEquals(typesOf(connection), ["welcome"]);
    connection.end();
    assertEquals(trace, []);
  }
});

Deno.test("hostile 115: Authentication dispatches nothing while a token is verified", async () => {
  const verified = Promise.withResolvers<Grant<string>>();
  const { connect, trace } = setUp({ verify: () => verified.promise });
  const connection = connect();
  connection.receiveAtOnce(JSON.stringify({ type: "auth", token: "t" }));
  for (let i = 0; i < 3; i++) connection.receiveAtOnce(JSON.stringify(note));
  await Promise.resolve();
  assertEquals(trace, []);
  verified.resolve({ user: "ada" });
  await connection.receiveJson({ type: "slow" });
  await connection.receiveJson(note);
  const notes = ["note of ada", "note of ada", "note of ada"];
  assertEquals(trace.slice(0, 5), ["+ada", ...notes, "slow of ada"]);
  connection.end();
});

Deno.test("hostile 115: Authentication dispatches nothing of what came before a bad token", async () => {
  const verified = Promise.withResolvers<undefined>();
  const { connect, trace } = setUp({ verify: () => verified.promise });
  const connection = connect();
  const done = connection.receiveJson({ type: "auth", token: "t" });
  connection.receiveAtOnce(JSON.stringify(note));
  verified.resolve(undefined);
  await done;
  connection.receiveAtOnce(JSON.stringify(note));
  connection.receiveAtOnce(JSON.stringify({ type: "auth", token: tokenFor("ada") }));
  connection.end();
  await Promise.resolve();
  assertEquals(trace, []);
});

Deno.test("Authentication closes with 1008 where no token comes in time", () => {
  const { clock, connect } = setUp();
  const connection = connect();
  clock.pass(9_900);
  assertEquals(connection.state, "open");
  clock.pass(400);
  assertEquals(connection.closedWith, { code: 1008, reason: "Authentication timed out" });
  connection.end();
  assertEquals(clock.size, 0);
});

Deno.test("Authentication closes with 1008 where verifying takes too long, and lets nobody in later", async () => {
  const verified = Promise.withResolvers<Grant<string>>();
  const { clock, connect, trace } = setUp({ verify: () => verified.promise });
  const connection = connect();
  const done = connection.receiveJson({ type: "auth", token: "t" });
  await Promise.resolve();
  clock.pass(11_000);
  assertEquals(connection.closedWith, { code: 1008, reason: "Authentication timed out" });
  verified.resolve({ user: "ada" });
  await done;
  assertEquals([trace, typesOf(connection)], [[], ["welcome"]]);
  connection.end();
});

Deno.test("Authentication forgets a client that goes while its token is verified", async () => {
  const verified = Promise.withResolvers<Grant<string>>();
  const { app, clock, connect, trace } = setUp({ verify: () => verified.promise });
  const connection = connect();
  const done = connection.receiveJson({ type: "auth", token: "t" });
  await Promise.resolve();
  connection.end();
  verified.resolve({ user: "ada", expiresAt: Date.now() + 60_000 });
  await done;
  assertEquals([trace, app.size, clock.size], [[], 0, 0]);
});

Deno.test("Authentication closes with 1011 and reports where verifying fails", async () => {
  const { connect, errors } = setUp({ verify: () => Promise.reject(new Error("down")) });
  const connection = connect();
  await connection.receiveJson({ type: "auth", token: "t" });
  assertEquals(connection.closedWith, { code: 1011, reason: "Internal error" });
  assertEquals(errors, ["auth: down"]);
  connection.end();
});

Deno.test("hostile 111: Authentication closes with 4401 when the token expires", async () => {
  const { clock, connect, trace } = setUp();
  const connection = connect();
  await connection.receiveJson({ type: "auth", token: tokenFor("ada", 30_000) });
  clock.pass(29_000);
  assertEquals(connection.state, "open");
  clock.pass(1_500);
  assertEquals(connection.closedWith, { code: 4401, reason: "token expired" });
  connection.end();
  assertEquals([trace, clock.size], [["+ada", "-ada"], 0]);
});

Deno.test("Authentication.present() renews in place for the same subject", async () => {
  const { clock, connect, trace } = setUp();
  const connection = connect({ user: "ada", subject: "ada", expiresAt: Date.now() + 30_000 });
  connection.take();
  clock.pass(20_000);
  await connection.receiveJson({ type: "auth", token: tokenFor("ada/admin", 60_000) });
  assertEquals(connection.take(), [{ type: "auth_ok" }]);
  await connection.receiveJson(note);
  clock.pass(59_000);
  assertEquals([connection.state, trace], ["open", ["+ada", "note of ada/admin"]]);
  clock.pass(1_500);
  assertEquals(connection.closedWith?.code, 4401);
  connection.end();
});

Deno.test("Authentication.present() takes no other subject, no bad token, and nobody without a subject", async () => {
  const cases = [
    [{ user: "ada", subject: "ada" }, tokenFor("bob")],
    [{ user: "ada", subject: "ada" }, tokenFor("eve")],
    [{ user: "ada", subject: "ada" }, undefined],
    [{ user: "ada" }, tokenFor("ada")],
  ] as const;
  for (const [grant, token] of cases) {
    const { connect, trace } = setUp();
    const connection = connect(grant);
    connection.take();
    await connection.receiveJson({ type: "auth", token });
    await connection.receiveJson(note);
    assertEquals(connection.closedWith, { code: 1008, reason: "Authentication failed" });
    assertEquals([connection.take(), trace], [[], ["+ada"]]);
    connection.end();
  }
});

Deno.test("Authentication.present() counts renewals as messages", async () => {
  const { connect } = setUp();
  const connection = connect({ user: "ada", subject: "ada" });
  connection.take();
  const answers = [];
  for (let i = 0; i < 25; i++) {
    await connection.receiveJson({ type: "auth", token: tokenFor("ada") });
    answers.push(...connection.take());
  }
  const limited = answers.filter(({ code }) => code === "RATE_LIMITED");
  assertEquals(limited.length >= 4, true, `${limited.length}`);
  connection.end();
});

/** Presents a token by a first message, and lets time pass until that is answered. */
async function signIn({ clock, connect }: Setting, user: string): Promise<MemoryConnection> {
  const connection = connect();
  connection.take();
  let answered = false;
  connection.receiveJson({ type: "auth", token: tokenFor(user) }).then(() => answered = true);
  while (!answered) {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    clock.pass(50);
  }
  return connection;
}

Deno.test("hostile 114: Authentication closes with 1008 for an address that has failed too often", async () => {
  const setting = setUp({ maxFailures: 2 });
  const reasons = [];
  for (const user of ["eve", "eve", "eve"]) {
    const connection = await signIn(setting, user);
    reasons.push(connection.closedWith?.reason);
    connection.end();
  }
  const failed = "Authentication failed";
  assertEquals(reasons, [failed, failed, "Too many failed attempts"]);
});

Deno.test("hostile 137: Authentication lets a good token in from an address that has failed too often", async () => {
  const setting = setUp({ maxFailures: 2 });
  for (let i = 0; i < 10; i++) (await signIn(setting, "eve")).end();
  const connection = await signIn(setting, "ada");
  assertEquals(connection.take(), [{ type: "auth_ok" }]);
  connection.end();
});

Deno.test("hostile 137: Authentication.present() renews whatever others of the address do", async () => {
  const setting = setUp({ maxFailures: 2 });
  const ada = await signIn(setting, "ada");
  const others = Array.from({ length: 100 }, () => setting.connect());
  for (const other of others) void other.receiveJson({ type: "auth", token: tokenFor("eve") });
  ada.take();
  await ada.receiveJson({ type: "auth", token: tokenFor("ada/admin") });
  assertEquals([ada.take(), ada.state], [[{ type: "auth_ok" }], "open"]);
  await ada.receiveJson({ type: "auth", token: tokenFor("eve") });
  assertEquals(ada.closedWith, { code: 1008, reason: "Authentication failed" });
  for (const each of [ada, ...others]) each.end();
});

Deno.test("hostile 137: Authentication closes with 1013, which passes, where a token has waited too long", async () => {
  const setting = setUp({ maxRate: 1 });
  const others = Array.from({ length: 20 }, () => setting.connect());
  for (const other of others) void other.receiveJson({ type: "auth", token: tokenFor("eve") });
  for (let i = 0; i < 80; i++) {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    setting.clock.pass(100);
  }
  const codes = Map.groupBy(others, ({ closedWith }) => closedWith?.code);
  assertEquals([codes.get(1008)?.length, codes.get(1013)?.length], [5, 15]);
  for (const each of others) each.end();
});

Deno.test("App without auth takes a token for an unknown event", async () => {
  const connection = new MemoryConnection();
  openApp(new App(), connection);
  connection.take();
  await connection.receiveJson({ type: "auth", token: "t" });
  const [error] = connection.take();
  assertEquals(error.code, "UNKNOWN_EVENT");
});

Deno.test("hostile 127: Authentication.mayRead() reads nothing long of who is not known", async () => {
  const { connect, trace } = setUp();
  const stranger = connect();
  await stranger.receive(`{"type":"auth","token":"${"\\u0041".repeat(3_000)}"}`);
  assertEquals(stranger.closedWith, { code: 1008, reason: "Not authenticated" });
  const ada = connect();
  await ada.receiveJson({ type: "auth", token: tokenFor("ada"), padding: "x".repeat(16_000) });
  await ada.receiveJson({ ...note, padding: "x".repeat(20_000) });
  assertEquals(trace, ["+ada", "note of ada"]);
});
