/** Sessions by their ids. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { acceptor, type Servable } from "../../../../server/app/peer.ts";
import { MemoryBudget } from "../../../../server/net/memory_budget.ts";
import { resolveOptions } from "../../../../server/resolved_options.ts";
import {
  type FallbackSession,
  FallbackSessions,
} from "../../../../server/wires/fallback/fallback_sessions.ts";
import type { SessionLog } from "../../../../server/wires/wire.ts";
import type { FallbackTransport } from "../../../../server/wires/fallback/fallback_transport.ts";
import { HttpError } from "../../../../server/wires/http_answer.ts";
import type { SessionLimitOptions } from "../../../../server/wires/session_limits.ts";
import { ManualClock } from "../../../support/clients.ts";

const options = { maxSessions: 10, maxSessionsPerAddress: 0 };

const transport: FallbackTransport = {
  queuedBytes: 0,
  heldBytes: 0,
  takenBytes: 0,
  taken: () => {},
  sentBytes: 40,
  push: () => {},
  joined: () => {},
  end: () => {},
};

function start(sessions: FallbackSessions, id: string, app: Servable): FallbackSession {
  return sessions.start({
    id,
    accept: (peer) => app[acceptor].accept(peer),
    transport,
    request: new Request("http://localhost/sse"),
    remoteAddress: "::1",
    data: undefined,
    rooms: [],
  });
}

function failed(error: unknown): never {
  throw error;
}

function sessionsOf(
  more: Partial<SessionLimitOptions> = {},
  log?: SessionLog,
): FallbackSessions {
  const limits = resolveOptions({});
  const clock = new ManualClock();
  const memory = new MemoryBudget(1 << 20, clock.now);
  const settings = { limits, clock, memory, log, failed, notify() {} };
  return new FallbackSessions({ ...options, ...more }, settings);
}

Deno.test("FallbackSessions.get() finds a session until it ends", async () => {
  const app = new App();
  const sessions = sessionsOf();
  const session = start(sessions, "a", app);
  start(sessions, "b", app);
  assertStrictEquals(sessions.get("a"), session);
  sessions.end("a", "Client has gone");
  sessions.end("a", "Client has gone");
  assertEquals(session.peer.ended, { code: 1006, reason: "Client has gone" });
  await Promise.resolve();
  assertEquals([sessions.size, app.size], [1, 1]);
  for (const id of ["a", "", "constructor", null]) {
    assertEquals(assertThrows(() => sessions.get(id), HttpError).status, 404);
  }
});

Deno.test("FallbackSessions.start() keeps no session that the application does not take", () => {
  const accept = (): never => {
    throw new Error("No");
  };
  const app: Servable = { [acceptor]: { accept } };
  const sessions = sessionsOf();
  assertThrows(() => start(sessions, "a", app), Error, "No");
  assertEquals(sessions.size, 0);
});

Deno.test("FallbackSessions tells a log of each session, and never its id", async () => {
  const lines: unknown[] = [];
  const log: SessionLog = {
    opened: ({ id }, requested, transport) => lines.push([id, requested, transport]),
    closed: ({ id }, { code, wasClean }) => lines.push([id, code, wasClean]),
    ended: ({ id }, { bytesOut }) => lines.push([id, bytesOut]),
  };
  const sessions = sessionsOf({}, log);
  const { peer } = start(sessions, "secret", new App());
  assertEquals(sessions.count(), { sse: 1, poll: 0 });
  peer.close(4000, "bye");
  peer.close(4001, "again");
  await Promise.resolve();
  assertEquals(lines, [
    [peer.id, { origin: undefined, path: "/sse" }, "sse"],
    [peer.id, 4000, true],
    [peer.id, transport.sentBytes],
  ]);
  assertEquals(sessions.count(), { sse: 0, poll: 0 });
});

Deno.test("FallbackSessions.begin() throws where there are too many", () => {
  const sessions = sessionsOf({ maxSessions: 1 });
  sessions.begin("::1");
  sessions.makeRoom("::1");
  start(sessions, "a", new App());
  assertEquals(assertThrows(() => sessions.begin("::1"), HttpError, "Too many").status, 503);
  assertEquals(assertThrows(() => sessions.makeRoom("::1"), HttpError, "Too many").status, 503);
  sessions.end("a", "");
  sessions.begin("::1");
});

Deno.test("FallbackSessions.shutdown() ends all, and lets none in", () => {
  const sessions = sessionsOf();
  const { peer } = start(sessions, "a", new App());
  sessions.shutdown({ code: 1012, reason: "Restart" });
  assertEquals([peer.ended, sessions.size], [{ code: 1012, reason: "Restart" }, 0]);
  assertEquals(assertThrows(() => sessions.begin("::1"), HttpError, "Shutting").status, 503);
});
