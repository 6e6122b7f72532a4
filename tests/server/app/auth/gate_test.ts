/** Lets clients in: before the upgrade, or when they ask by a message. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { type AuthOptions, resolveAuthOptions } from "../../../../server/app/auth/auth.ts";
import { AuthGate } from "../../../../server/app/auth/gate.ts";
import { EventError } from "../../../../server/app/events/errors.ts";
import type { Admission } from "../../../../server/types.ts";
import { refusalResponse, statusOf } from "../../../../server/wires/refusal.ts";
import { ManualClock } from "../../../support/clients.ts";

/** Knows tokens that begin with "user-". */
const auth = {
  verify: (token: string) =>
    Promise.resolve(token.startsWith("user-") ? { user: token.slice(5) } : undefined),
};

function gateWith(
  options: Partial<AuthOptions<string>> = {},
): { gate: AuthGate<string>; clock: ManualClock; wall: ManualClock } {
  const clock = new ManualClock();
  const wall = new ManualClock();
  const resolved = resolveAuthOptions({ ...auth, ...options });
  return { gate: new AuthGate(resolved, { clock, wallClock: wall.now }), clock, wall };
}

interface Asking {
  query?: string;
  headers?: HeadersInit;
  protocols?: string[];
  address?: string;
  auth?: unknown;
}

function admit(
  gate: AuthGate<string>,
  { query = "", headers = {}, protocols = [], address = "192.0.2.1", auth }: Asking = {},
): Promise<EventError | Admission> {
  const request = new Request(`http://localhost/ws${query}`, { headers });
  const data = undefined;
  return gate.admit({ request, remoteAddress: address, protocols, namespace: "/", data, auth });
}

async function assertRefused(
  answer: Promise<EventError | Admission>,
  status: number,
  text: string,
): Promise<Response> {
  const error = await answer;
  assertInstanceOf(error, EventError);
  const response = refusalResponse(error);
  assertEquals([response.status, await response.text()], [status, text]);
  return response;
}

const granted = { grant: { user: "ada" }, fallbackProtocol: undefined };

Deno.test("AuthGate.admit() answers 401 without a token where it must come before", async () => {
  const { gate } = gateWith({ mode: "before" });
  const response = await assertRefused(admit(gate), 401, "Missing token");
  assertEquals(response.headers.get("www-authenticate"), "Bearer");
  await assertRefused(admit(gate, { query: "?token=" }), 401, "Missing token");
  assertEquals(await admit(gate, { query: "?token=user-ada" }), granted);
});

Deno.test("AuthGate.admit() lets in without a token where it may come later", async () => {
  const { gate } = gateWith();
  assertEquals(await admit(gate), {});
  await assertRefused(admit(gate, { query: "?token=" }), 401, "Missing token");
  const response = await assertRefused(admit(gate, { query: "?token=x" }), 401, "Invalid token");
  assertEquals(response.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
});

Deno.test("AuthGate.admit() looks at no token where it is to come later", async () => {
  const { gate } = gateWith({ mode: "message" });
  assertEquals(await admit(gate, { query: "?token=user-ada" }), {});
  assertEquals(await admit(gate, { query: "?token=x" }), {});
});

Deno.test("AuthGate.admit() takes the token that is presented beside the request, in any mode", async () => {
  for (const mode of ["before", "message", "either"] as const) {
    const { gate } = gateWith({ mode });
    const query = "?token=x";
    assertEquals(await admit(gate, { query, auth: { token: "user-ada" } }), granted);
    await assertRefused(admit(gate, { auth: { token: "eve" } }), 401, "Invalid token");
    await assertRefused(admit(gate, { auth: { token: 7 } }), 401, "Missing token");
  }
});

Deno.test("AuthGate.admit() awaits no message of a client that presents no token beside the request", async () => {
  for (const mode of ["before", "message", "either"] as const) {
    const { gate } = gateWith({ mode });
    for (const auth of [null, "user-ada", {}, { name: "ada" }]) {
      await assertRefused(admit(gate, { auth }), 401, "Missing token");
    }
  }
});

Deno.test("AuthGate.admit() takes tokens from all places", async () => {
  const { gate } = gateWith({ cookie: "session" });
  const headers = { authorization: "Bearer user-ada" };
  assertEquals(await admit(gate, { headers }), granted);
  assertEquals(await admit(gate, { headers: { cookie: "session=user-ada" } }), granted);
  const protocols = ["chat", "bearer.user-ada"];
  const answer = { ...granted, fallbackProtocol: "bearer.user-ada" };
  assertEquals(await admit(gate, { protocols }), answer);
});

Deno.test("hostile 111: AuthGate.verify() refuses tokens that are no text, or too long, unread", async () => {
  let verified = 0;
  const counting = {
    verify() {
      verified++;
      return Promise.resolve({ user: "ada" });
    },
  };
  const { gate } = gateWith({ verify: counting });
  const context = { request: new Request("http://localhost/"), remoteAddress: "192.0.2.1" };
  for (const token of [undefined, null, 1, {}, ["a"], "", "x".repeat(65_536), "x".repeat(8_193)]) {
    assertEquals(await gate.verify(token, context), "refused");
  }
  assertEquals(verified, 0);
  assertEquals(await gate.verify("x".repeat(8_192), context), { user: "ada" });
});

/** Whether a promise has settled, once everything has run that waits for nothing but promises. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  return settled;
}

Deno.test("hostile 114: AuthGate.admit() answers 429 after ten failures in a minute, and late", async () => {
  const { gate, clock } = gateWith();
  for (let i = 0; i < 10; i++) {
    await assertRefused(admit(gate, { query: `?token=guess-${i}` }), 401, "Invalid token");
  }
  const late = admit(gate, { query: "?token=guess" });
  assertEquals(await isSettled(late), false);
  clock.pass(1_999);
  assertEquals(await isSettled(late), false);
  clock.pass(251);
  const response = await assertRefused(late, 429, "Too many failed attempts");
  assertEquals(response.headers.get("retry-after"), "6");
  assertEquals(gate.counts, { accepted: 0, refused: 10, limited: 1, timedOut: 0, expired: 0 });
  await assertRefused(admit(gate, { query: "?token=x", address: "::1" }), 401, "Invalid token");
});

Deno.test("hostile 137: AuthGate.admit() lets a good token in, however many of its address were bad", async () => {
  const { gate, clock } = gateWith();
  const guesses = Array.from({ length: 200 }, (_, i) => admit(gate, { query: `?token=no-${i}` }));
  const right = admit(gate, { query: "?token=user-ada" });
  for (let passed = 0; !await isSettled(right); passed += 50) {
    assert(passed < 1_000, "a good token waits no longer than the next verification");
    clock.pass(50);
  }
  assertEquals(await right, granted);
  for (let passed = 0; passed < 10_000; passed += 250) {
    clock.pass(250);
    await isSettled(right);
  }
  const statuses = (await Promise.all(guesses)).map((each) => statusOf(each as EventError));
  assertEquals(statuses.filter((status) => status === 401).length, 10);
  assertEquals(statuses.filter((status) => status === 429).length, 190);
});

Deno.test("hostile 137: AuthGate.verify() verifies 20 bad tokens of an address a second", async () => {
  let verified = 0;
  const counting = {
    verify() {
      verified++;
      return Promise.resolve(undefined);
    },
  };
  const { gate, clock } = gateWith({ verify: counting });
  const all = Array.from({ length: 400 }, (_, i) => admit(gate, { query: `?token=no-${i}` }));
  for (let passed = 0; passed < 3_000; passed += 50) {
    clock.pass(50);
    await isSettled(all[0]!);
  }
  assertEquals(verified, 20 + 3 * 20);
  for (let passed = 0; passed < 10_000; passed += 250) {
    clock.pass(250);
    await isSettled(all[0]!);
  }
  const texts = (await Promise.all(all)).map((each) => (each as EventError).message);
  assertEquals(texts.filter((text) => text === "Too many attempts at once").length, 400 - verified);
});

Deno.test("hostile 137: AuthGate.renew() does not wait for others of the address, nor blame them", async () => {
  const { gate } = gateWith();
  const context = { request: new Request("http://localhost/"), remoteAddress: "192.0.2.1" };
  for (let i = 0; i < 200; i++) void admit(gate, { query: `?token=no-${i}` });
  assertEquals(await gate.renew("user-ada", context), { user: "ada" });
  assertEquals(await gate.renew("eve", context), "refused");
  assertEquals(await gate.renew(undefined, context), "refused");
});

Deno.test("AuthGate counts neither a missing token nor one that could not be verified", async () => {
  const broken = { verify: () => Promise.reject(new Error("The key server is down")) };
  const { gate } = gateWith({ verify: broken, mode: "before", maxFailures: 1 });
  for (let i = 0; i < 5; i++) {
    await assertRefused(admit(gate), 401, "Missing token");
    await assertRejects(() => admit(gate, { query: "?token=x" }), Error, "down");
  }
  assertEquals(gate.counts, { accepted: 0, refused: 0, limited: 0, timedOut: 0, expired: 0 });
});

Deno.test("AuthGate lets nobody in for an answer that is no grant", async () => {
  const context = { request: new Request("http://localhost/"), remoteAddress: "192.0.2.1" };
  for (const answer of [null, false, true, "ada", 0, {}, { name: "ada" }]) {
    const { gate } = gateWith({ verify: () => answer as unknown as undefined });
    await assertRejects(
      () => admit(gate, { query: "?token=x" }),
      TypeError,
      "{ user } or undefined",
    );
    await assertRejects(() => gate.renew("x", context), TypeError, "{ user } or undefined");
    assertEquals(gate.counts.accepted, 0);
  }
});

Deno.test("AuthGate.expectAuth() calls after the timeout", () => {
  const { gate, clock } = gateWith();
  let late = 0;
  gate.expectAuth(() => late++);
  const cancel = gate.expectAuth(() => late++);
  cancel();
  clock.pass(9_999);
  assertEquals(late, 0);
  clock.pass(251);
  assertEquals([late, gate.counts.timedOut], [1, 1]);
});

Deno.test("hostile 122: AuthGate.expectEnd() is not moved by a wall clock that jumps", () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const { gate, clock, wall } = gateWith();
    wall.time = 1_700_000_000_000;
    let ended = 0;
    for (let i = 0; i < 100; i++) gate.expectEnd(wall.time + 60_000, () => ended++);
    wall.time += jump;
    clock.pass(59_000);
    assertEquals(ended, 0, `${jump}`);
    clock.pass(1_250);
    assertEquals(ended, 100, `${jump}`);
    assertEquals(clock.size, 0);
  }
});
