/** A room whose members come by every wire and transport, and come back by others. */

import { App, fallback, serve } from "@hawser/ws";
import { connect, type HawserClient } from "@hawser/ws/client";
import { socketio } from "@hawser/ws/socketio";
import { assert, assertEquals } from "@std/assert";
import { io } from "socket.io-client";
import { waitFor } from "../support/wait.ts";

// deno-lint-ignore no-explicit-any -- clients of Socket.IO send whatever they like
type AnyApp = App<any, any>;

/** A member, by whatever client. */
interface Member extends AsyncDisposable {
  /** The notes that it has seen, in their order. */
  readonly seen: number[];
  /** By which transports it has come. */
  readonly ways: Set<string>;
  /** How often it has entered the room. */
  readonly entered: () => number;
}

/** WebSocket where something in between does not let it through. */
class NoWebSocket extends EventTarget {
  constructor() {
    super();
    throw new Error("WebSocket is blocked");
  }
}

/** A member by this package's client. */
function jsonMember(url: string, options: Parameters<typeof connect>[1]): Member {
  const client: HawserClient = connect(url, { ...options, minDelay: 5, maxDelay: 20 });
  const seen: number[] = [];
  const ways = new Set<string>();
  let entered = 0;
  client.on("note", (note) => void seen.push((note as { at: number }).at));
  client.on("room:joined", () => {
    entered++;
    ways.add(client.transport ?? "");
  });
  void client.join("deck").catch(() => {});
  return {
    seen,
    ways,
    entered: () => entered,
    [Symbol.asyncDispose]: async () => await client.close(),
  };
}

/**
 * A member by npm's client, which says itself where it was.
 *
 * @param turns The transports of one connection after the other.
 */
function socketIoMember(url: string, turns: readonly string[][]): Member {
  const seen: number[] = [];
  const ways = new Set<string>();
  let entered = 0;
  const socket = io(url, {
    forceNew: true,
    transports: turns[0]!,
    reconnectionDelay: 5,
    reconnectionDelayMax: 20,
  });
  const note = () => void ways.add(socket.io.engine.transport.name);
  socket.io.on("open", note);
  let position: { seq: number; epoch: string } | undefined;
  socket.on("connect", () => socket.emit("room:join", { roomId: "deck", ...position }));
  socket.on("room:joined", ({ seq, epoch }) => {
    position = { seq, epoch };
    entered++;
    note();
  });
  socket.on("note", ({ at }, { seq }) => {
    seen.push(at);
    if (position !== undefined) position = { ...position, seq };
  });
  socket.on("disconnect", () => socket.io.opts.transports = turns[entered % turns.length]!);
  return {
    seen,
    ways,
    entered: () => entered,
    [Symbol.asyncDispose]: () => Promise.resolve(void socket.disconnect()),
  };
}

Deno.test("members of all wires see one order while they reconnect and change transports", async () => {
  const app: AnyApp = new App({
    rooms: { join: true, history: { size: 100_000 } },
    rateLimit: false,
  });
  const wires = [socketio({ maxSessionsPerAddress: 0 }), fallback({ maxSessionsPerAddress: 0 })];
  const options = { port: 0, hostname: "127.0.0.1", path: "/ws", onListen() {} };
  await using server = serve({ ...options, app, wires });
  const host = `127.0.0.1:${server.addr.port}`;
  // Of the requests that begin a session every other one fails, so that the next transport is tried.
  let begun = 0;
  const failNow = (url: string) => !/\/events|session=/.test(url) && begun++ % 2 === 0;
  const fetchOrFail: typeof fetch = (input, init) =>
    failNow(String(input)) ? Promise.reject(new TypeError("Network is down")) : fetch(input, init);
  const both = ["polling", "websocket"];
  const members: Record<string, Member> = {
    json: jsonMember(`ws://${host}/ws`, { transports: ["websocket"] }),
    sse: jsonMember(`ws://${host}/ws`, { transports: ["sse"] }),
    poll: jsonMember(`ws://${host}/ws`, { transports: ["poll"] }),
    changing: jsonMember(`ws://${host}/ws`, {
      WebSocket: NoWebSocket as unknown as typeof WebSocket,
      fallbackAfter: 1,
      fetch: fetchOrFail,
    }),
    polling: socketIoMember(`http://${host}`, [["polling"]]),
    websocket: socketIoMember(`http://${host}`, [["websocket"]]),
    upgrading: socketIoMember(`http://${host}`, [both]),
    turning: socketIoMember(`http://${host}`, [["websocket"], ["polling"], both]),
  };
  const all = Object.values(members);
  await waitFor(() => all.every(({ entered }) => entered() > 0));
  let published = 0;
  let isOver = false;
  const publishing = (async () => {
    for (; !isOver; published++) {
      await app.publish("deck", "note", { at: published });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  for (let round = 1; round <= 15; round++) {
    const before = all.map(({ entered }) => entered());
    // One after the other, so that some are in the room while others are not.
    for (const client of await app.broadcast.members()) {
      app.client(client.id)?.close(1012, "Restart");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await waitFor(() => all.every(({ entered }, at) => entered() > before[at]!));
  }
  isOver = true;
  await publishing;
  await waitFor(() => all.every(({ seen }) => seen.at(-1) === published - 1));
  const order = Array.from({ length: published }, (_, at) => at);
  for (const [name, { seen }] of Object.entries(members)) {
    assertEquals([name, seen], [name, order]);
  }
  const waysOf = (name: string) => [...members[name]!.ways].sort();
  assertEquals(["json", "sse", "poll"].map(waysOf), [["websocket"], ["sse"], ["poll"]]);
  assertEquals(waysOf("changing"), ["poll", "sse"]);
  assertEquals(waysOf("polling"), ["polling"]);
  for (const name of ["upgrading", "turning"]) assertEquals(waysOf(name), ["polling", "websocket"]);
  assert(published > 100);
  for (const member of all) await member[Symbol.asyncDispose]();
});
