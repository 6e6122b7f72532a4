/** How many clients without WebSocket there may be, and who goes where one more comes. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { HttpError } from "../../../server/wires/http_answer.ts";
import {
  type CountedSession,
  type SessionLimitOptions,
  SessionLimits,
} from "../../../server/wires/session_limits.ts";
import type { SubjectNotice } from "../../../server/types.ts";
import { ManualClock } from "../../support/clients.ts";

const [here, there] = ["192.0.2.1", "198.51.100.1"];

function limitsOf(
  options: Partial<SessionLimitOptions> = {},
): { limits: SessionLimits<CountedSession>; clock: ManualClock; notices: string[] } {
  const clock = new ManualClock();
  const all = { maxSessions: 10_000, maxSessionsPerAddress: 1_000, ...options };
  const notices: string[] = [];
  const notify = ({ code, subject }: SubjectNotice) => void notices.push(`${code} ${subject}`);
  const limits = new SessionLimits(all, { now: clock.now, notify, wire: "fallback" });
  return { limits, clock, notices };
}

function add(limits: SessionLimits<CountedSession>, remoteAddress = here): CountedSession {
  const session = { remoteAddress };
  limits.add(session, false);
  return session;
}

function statusOf(run: () => unknown): number {
  return assertThrows(run, HttpError).status;
}

Deno.test("hostile 133: SessionLimits gives an address no more than its share", () => {
  const { limits, notices } = limitsOf({ maxSessionsPerAddress: 2 });
  for (let i = 0; i < 2; i++) limits.prove(add(limits));
  assertEquals(statusOf(() => limits.findExcess(here)), 429);
  assertEquals(notices, [`TOO_MANY_SESSIONS ${here}`]);
  assertEquals(limits.findExcess(there), undefined);
  for (let i = 0; i < 2; i++) limits.prove(add(limits, `2001:db8::${i}`));
  assertEquals(statusOf(() => limits.findExcess("2001:db8:0:0:1::9")), 429);
  assertEquals(limits.findExcess("2001:db8:0:1::9"), undefined);
});

Deno.test("hostile 133: SessionLimits lets the oldest session go that was heard only once", () => {
  const { limits } = limitsOf({ maxSessions: 4, maxSessionsPerAddress: 3 });
  const proven = add(limits);
  limits.prove(proven);
  const [first, second] = [add(limits), add(limits)];
  assertStrictEquals(limits.findExcess(here), first);
  limits.delete(first);
  assertEquals([limits.size, limits.findExcess(here)], [3 - 1, undefined]);
  limits.prove(second);
  const stranger = add(limits, there);
  limits.prove(add(limits, there));
  assertStrictEquals(limits.findExcess(here), stranger);
  limits.prove(stranger);
  assertEquals(statusOf(() => limits.findExcess(here)), 503);
});

Deno.test("hostile 133: SessionLimits.begin() bounds how fast an address begins sessions", () => {
  const { limits, clock } = limitsOf({ maxSessionsPerAddress: 100 });
  for (let i = 0; i < 100; i++) limits.begin(here);
  const error = assertThrows(() => limits.begin(here), HttpError);
  assertEquals([error.status, error.headers], [429, { "retry-after": "1" }]);
  limits.begin(there);
  clock.time += 1_000;
  for (let i = 0; i < 2; i++) limits.begin(here);
  assertEquals(statusOf(() => limits.begin(here)), 429);
});

Deno.test("SessionLimits knows no limit per address where it is 0", () => {
  const { limits } = limitsOf({ maxSessions: 2_000, maxSessionsPerAddress: 0 });
  for (let i = 0; i < 2_000; i++) {
    limits.begin(here);
    limits.prove(add(limits));
  }
  assertEquals(statusOf(() => limits.begin(here)), 503);
});

Deno.test("hostile 334: SessionLimits finds too many of an address that were heard only once", () => {
  const { limits } = limitsOf();
  const sessions = Array.from({ length: 100 }, () => add(limits));
  const stranger = add(limits, there);
  assertEquals(sessions.filter((each) => limits.isExcessive(each)), []);
  const last = add(limits);
  assertEquals([last, sessions[0]!, stranger].map((each) => limits.isExcessive(each)), [
    true,
    true,
    false,
  ]);
  limits.prove(last);
  assertEquals([last, ...sessions].filter((each) => limits.isExcessive(each)), []);
  limits.delete(last);
  assertEquals(limits.isExcessive(last), false);
});

Deno.test("SessionLimits.delete() forgets an address with its last session", () => {
  const { limits } = limitsOf({ maxSessionsPerAddress: 1 });
  const session = add(limits);
  limits.delete(session);
  limits.delete(session);
  assertEquals([limits.size, limits.findExcess(here)], [0, undefined]);
});
