/** Clients over plain HTTP as peers, without HTTP. */

import { assert, assertEquals } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import type { Client } from "../../../../server/app/clients/client.ts";
import type { AnyEvents } from "../../../../wire/event_types.ts";
import type { AppOptions } from "../../../../server/app/options.ts";
import type { Joined } from "../../../../server/app/streams/position.ts";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";
import { EventError } from "../../../../server/app/events/errors.ts";
import { MemoryBudget } from "../../../../server/net/memory_budget.ts";
import { resolveOptions } from "../../../../server/resolved_options.ts";
import type { QueueLimits } from "../../../../server/slow_peer_detector.ts";
import { FallbackPeer, type Replies } from "../../../../server/wires/fallback/fallback_peer.ts";
import { parseClientMessages } from "../../../../wire/client_message.ts";
import type { SubjectNotice } from "../../../../server/types.ts";
import type {
  FallbackTransport,
  SessionEnd,
} from "../../../../server/wires/fallback/fallback_transport.ts";
import {
  jsonOf,
  type QueuedEvent,
  sizeOf,
} from "../../../../server/wires/fallback/queued_event.ts";
import { ManualClock } from "../../../support/clients.ts";
import { acceptor } from "../../../../server/app/peer.ts";

class MemoryTransport implements FallbackTransport {
  queuedBytes = 0;
  takenBytes = 0;
  heldBytes = 0;
  taken = (): void => {};
  readonly sentBytes = 40;
  readonly events: QueuedEvent[] = [];
  readonly joins: [room: string, joined: Joined][] = [];
  ended: (SessionEnd & { readonly dropWaiting: boolean }) | undefined;

  push(event: QueuedEvent): void {
    this.events.push(event);
    this.queuedBytes += sizeOf(event);
  }

  joined(room: string, joined: Joined): void {
    this.joins.push([room, joined]);
  }

  end(end: SessionEnd, dropWaiting: boolean): void {
    this.ended = { ...end, dropWaiting };
  }

  // deno-lint-ignore no-explicit-any -- tests compare whatever it is
  take(): any[] {
    const texts = this.events.splice(0).map((event) => new TextDecoder().decode(jsonOf(event)));
    return texts.map((text) => JSON.parse(text));
  }
}

interface Setup {
  readonly app: App;
  readonly peer: FallbackPeer;
  readonly transport: MemoryTransport;
  /** How the application has heard of the client's end, and when the session was forgotten. */
  readonly trace: unknown[];
  readonly notices: SubjectNotice[];
  readonly clock: ManualClock;
  /** Sends as one request; returns the answers. */
  send(...messages: unknown[]): Promise<unknown[]>;
}

function setUp(
  options: AppOptions<AnyEvents, unknown> = {},
  limits: Partial<QueueLimits> = {},
): Setup {
  const app = new App({ rateLimit: false, ...options });
  const transport = new MemoryTransport();
  const trace: unknown[] = [];
  const notices: SubjectNotice[] = [];
  app.onDisconnect((_client, close) => void trace.push(close));
  const opening = {
    sessionId: "secret",
    request: new Request("http://localhost/sse?name=Ada"),
    remoteAddress: "192.0.2.1",
    data: undefined,
  };
  const clock = new ManualClock();
  const queue = {
    clock,
    memory: new MemoryBudget(1 << 20, clock.now),
    limits: {
      ...resolveOptions({}),
      highWaterMark: 1_000,
      maxQueuedBytes: 2_000,
      slowTimeout: 10_000,
      ...limits,
    },
  };
  const peer = new FallbackPeer(opening, queue, transport, ["deck"], {
    closed: () => void trace.push("forgotten"),
    failed: (error) => void trace.push(error),
    notify: (notice) => void notices.push(notice),
  });
  async function send(...messages: unknown[]): Promise<unknown[]> {
    const replies: Replies = { texts: [], bytes: 0, open: true };
    await peer.receive(parseClientMessages(JSON.stringify(messages)), replies);
    return replies.texts.map((text) => JSON.parse(text));
  }
  return { app, peer, transport, trace, notices, clock, send };
}

/** Opens the peer; returns its client, for which nothing waits. */
function openClient({ app, peer, transport }: Setup): Client<AnyEvents, unknown> {
  peer.open((each) => app[acceptor].accept(each));
  const [{ id }] = transport.take();
  transport.queuedBytes = 0;
  return app.client(id)!;
}

Deno.test("FallbackPeer welcomes with the session's id, and hands the request through", () => {
  const { app, peer, transport } = setUp();
  peer.open((each) => app[acceptor].accept(each));
  const [{ id, ...welcome }] = transport.take();
  assertEquals(welcome, { type: "welcome", rateLimit: null, session: "secret" });
  const client = app.client(id);
  assertEquals([client?.request.url, client?.remoteAddress, client?.user], [
    "http://localhost/sse?name=Ada",
    "192.0.2.1",
    undefined,
  ]);
});

Deno.test("FallbackPeer.receive() answers each message of a request in its order", async () => {
  const { app, peer, transport, send } = setUp();
  app.on("double", async (_client, data) => {
    await Promise.resolve();
    return (data as number) * 2;
  });
  app.on("quiet", () => "nobody asked");
  peer.open((each) => app[acceptor].accept(each));
  transport.take();
  const answers = await send(
    { id: "a", event: "double", data: 2 },
    { type: "quiet" },
    { type: "nothing" },
    { id: "b", event: "double", data: 3 },
    "text",
    { ack: "c", data: 1 },
  );
  assertEquals(answers.map((each) => JSON.stringify(each)).sort(), [
    '{"ack":"a","data":4}',
    '{"ack":"b","data":6}',
    '{"type":"error","code":"INVALID_MESSAGE","message":"Message must have a type field"}',
    '{"type":"error","code":"UNKNOWN_EVENT","message":"Unknown event: nothing","event":"nothing"}',
  ]);
  assertEquals(transport.take(), []);
});

Deno.test("FallbackPeer.receive() sends answers the other way once the request is answered", async () => {
  const { app, peer, transport } = setUp();
  const busy = Promise.withResolvers<void>();
  app.on("slow", () => busy.promise);
  peer.open((each) => app[acceptor].accept(each));
  transport.take();
  const replies: Replies = { texts: [], bytes: 0, open: true };
  const messages = parseClientMessages('[{"id":"a","event":"slow"},{"type":"nothing"}]');
  const received = peer.receive(messages, replies);
  replies.open = false;
  busy.resolve();
  await received;
  assertEquals(replies.texts, []);
  assertEquals(transport.take(), [
    { ack: "a" },
    {
      type: "error",
      code: "UNKNOWN_EVENT",
      message: "Unknown event: nothing",
      event: "nothing",
    },
  ]);
});

Deno.test("FallbackPeer.receive() brings the answer that a handler of the same request waits for", async () => {
  const { app, peer, transport } = setUp();
  app.on("ask", (client) => client.emitWithAck("confirm", {}));
  peer.open((each) => app[acceptor].accept(each));
  transport.take();
  const replies: Replies = { texts: [], bytes: 0, open: true };
  const asking = peer.receive(parseClientMessages('{"id":"a","event":"ask"}'), replies);
  const [{ id }] = transport.take();
  await peer.receive(parseClientMessages(JSON.stringify({ ack: id, data: "yes" })), replies);
  await asking;
  assertEquals(replies.texts, ['{"ack":"a","data":"yes"}']);
});

Deno.test("FallbackPeer.receive() answers INTERNAL where the answer cannot be encoded", async () => {
  const { app, peer, send } = setUp({ onError: () => {} });
  app.on("circle", () => 1n);
  peer.open((each) => app[acceptor].accept(each));
  assertEquals(await send({ id: "a", event: "circle" }), [
    { ack: "a", error: { code: "INTERNAL", message: "Internal error" } },
  ]);
});

Deno.test("hostile 90: FallbackPeer.receive() is limited in its rate, and ends with 1008", async () => {
  const { app, peer, trace, send } = setUp({ rateLimit: { perSecond: 1, burst: 2 } });
  app.on("note", () => {});
  peer.open((each) => app[acceptor].accept(each));
  const answers = await send(...new Array(100).fill({ type: "note" }));
  assert(answers.length < 20, `${answers.length}`);
  assertEquals(peer.ended, { code: 1008, reason: "Rate limit exceeded" });
  assertEquals(await send({ id: "a", event: "note" }), []);
  assertEquals(trace.length, 2);
});

Deno.test("FallbackPeer.join() asks the application, which may refuse", async () => {
  const { app, peer, transport } = setUp();
  peer.open((each) => app[acceptor].accept(each));
  transport.take();
  await peer.join([undefined]);
  assertEquals(transport.take(), [
    {
      type: "error",
      roomId: "deck",
      code: "FORBIDDEN",
      message: "Clients cannot join rooms by themselves here: the App has no option rooms",
      event: "room:join",
    },
  ]);
});

Deno.test("FallbackPeer tells its transport where its client stands", async () => {
  const { app, peer, transport } = setUp({ rooms: () => ({ motto: "Fair winds" }) });
  peer.open((each) => app[acceptor].accept(each));
  transport.take();
  await peer.join([{ epoch: "e", seq: 4 }]);
  const [{ epoch, ...fields }] = transport.take();
  assertEquals(fields, {
    type: "room:joined",
    motto: "Fair winds",
    roomId: "deck",
    seq: 0,
    recovered: false,
  });
  assertEquals(transport.joins[0]?.[1].position.epoch, epoch);
  const [[room, { position, recovered }] = ["", { position: undefined, recovered: true }]] =
    transport.joins;
  assertEquals([room, position?.seq, recovered], ["deck", 0, false]);
  await app.publish("deck", "note", {});
  const [event] = transport.events;
  assert(typeof event === "object");
  assertEquals(event.place, { room: "deck", seq: 1, epoch: position!.epoch });
});

Deno.test("FallbackPeer.receive() answers joins and leaves where events are answered", async () => {
  const { app, peer, transport, send } = setUp({
    rooms: (_client, room) => {
      if (room === "boat") throw new EventError("FORBIDDEN", "Nobody fits in any more");
    },
  });
  peer.open((each) => app[acceptor].accept(each));
  transport.take();
  const join = (id: string, roomId: string) => ({ id, event: "room:join", data: { roomId } });
  assertEquals(
    await send(join("a", "bridge"), join("b", "boat"), { type: "room:join", roomId: "boat" }),
    [
      { ack: "a", data: { status: "ok" } },
      {
        ack: "b",
        error: { roomId: "boat", code: "FORBIDDEN", message: "Nobody fits in any more" },
      },
      {
        roomId: "boat",
        type: "error",
        code: "FORBIDDEN",
        message: "Nobody fits in any more",
        event: "room:join",
      },
    ],
  );
  assertEquals(transport.take().map(({ type, roomId }) => [type, roomId]), [
    ["room:joined", "bridge"],
  ]);
  assertEquals(await send({ type: "room:leave", roomId: "bridge" }), []);
  assertEquals(transport.take(), [{ type: "room:left", roomId: "bridge" }]);
});

Deno.test("hostile 143: FallbackPeer encodes an event once for all clients", () => {
  const setups = [setUp(), setUp()];
  const outgoing = new Outgoing("tick", { at: 1 });
  for (const { peer } of setups) peer.send(outgoing);
  const [one, other] = setups.map(({ transport }) => transport.events[0]);
  assert(typeof one === "object" && one === other);
});

Deno.test("hostile 143: FallbackPeer bounds the answers to one request", async () => {
  const { app, peer, transport, send } = setUp();
  app.on("long", () => "x".repeat(900));
  peer.open((each) => app[acceptor].accept(each));
  transport.take();
  transport.queuedBytes = 0;
  const ask = (id: string) => ({ id, event: "long" });
  assertEquals((await send(ask("a"), ask("b"), ask("c"))).length, 2);
  assertEquals(transport.take().map(({ ack }) => ack), ["c"]);
});

Deno.test("hostile 87: FallbackPeer ends a client with 1013 that does not read for slowTimeout", async () => {
  const setup = setUp();
  const { app, transport, trace, clock } = setup;
  const client = openClient(setup);
  const text = "x".repeat(900);
  assertEquals([client.emit("a", { text }), client.congested], ["sent", false]);
  assertEquals([client.emit("a", { text }), client.congested], ["queued", true]);
  assertEquals(client.emit("a", { text }), "queued"); // and now it is full
  clock.pass(60_000);
  assertEquals(client.emit("a", { text }), "queued"); // it was not asked for more until now
  clock.pass(10_000);
  assertEquals([transport.ended, client.emit("a", {})], [undefined, "queued"]);
  clock.pass(250);
  assertEquals(transport.ended, { code: 1013, reason: "slow consumer", dropWaiting: true });
  assertEquals(client.emit("a", {}), "dropped");
  await Promise.resolve();
  assertEquals(trace, ["forgotten", { code: 1013, reason: "slow consumer", wasClean: false }]);
  assertEquals([app.size, clock.size], [0, 0]);
});

Deno.test("hostile 87: FallbackPeer drops for a slow client where onQueueFull says so", () => {
  const setup = setUp({}, { onQueueFull: "drop" });
  const { transport, clock } = setup;
  const client = openClient(setup);
  client.emit("a", { text: "x".repeat(2_000) });
  assertEquals(client.emit("a", {}), "queued");
  clock.pass(250);
  assertEquals([client.emit("a", {}), transport.ended, clock.size], ["dropped", undefined, 0]);
  assertEquals(transport.take().length, 2);
  transport.queuedBytes = 0;
  assertEquals(client.emit("a", {}), "sent");
});

Deno.test("hostile 134: FallbackPeer takes a burst for a client that had no time to read", () => {
  for (const onQueueFull of ["close", "drop"] as const) {
    const setup = setUp({}, { onQueueFull });
    const { transport, clock } = setup;
    const client = openClient(setup);
    const results = new Set<string>();
    for (let n = 0; n < 34; n++) results.add(client.emit("a", { text: "x".repeat(900) }));
    assertEquals([results, transport.events.length], [new Set(["sent", "queued"]), 34]);
    transport.take();
    transport.queuedBytes = 0;
    clock.pass(60_000);
    assertEquals([client.emit("a", {}), transport.ended, clock.size], ["sent", undefined, 0]);
  }
});

Deno.test("hostile 134: FallbackPeer ends a client for which 17 times maxQueuedBytes wait", () => {
  const setup = setUp();
  const client = openClient(setup);
  while (client.emit("a", { text: "x".repeat(900) }) !== "dropped");
  const { queuedBytes, ended } = setup.transport;
  assert(queuedBytes > 17 * 2_000 && queuedBytes < 17 * 2_000 + 3 * 1_000, `${queuedBytes} bytes`);
  assertEquals(ended?.code, 1013);
});

Deno.test("hostile 134: FallbackPeer goes on with a client that reads slowly", () => {
  const setup = setUp();
  const { transport, clock } = setup;
  const client = openClient(setup);
  for (let n = 0; n < 100; n++) {
    assertEquals(client.emit("a", { text: "x".repeat(2_000) }), "queued");
    transport.queuedBytes = 2_100;
    transport.takenBytes += 1;
    clock.pass(9_000);
  }
  assertEquals([transport.ended, clock.size], [undefined, 1]);
  client.close();
  assertEquals(clock.size, 0);
});

Deno.test("FallbackPeer.close() ends the client once, after the call that has led there", async () => {
  const { app, peer, transport, trace } = setUp();
  peer.open((each) => app[acceptor].accept(each));
  const [{ id }] = transport.take();
  const client = app.client(id)!;
  client.close(4000, "bye");
  client.terminate();
  peer.disconnected("Client has gone");
  assertEquals([transport.ended, trace], [
    { code: 4000, reason: "bye", dropWaiting: false },
    ["forgotten"],
  ]);
  await Promise.resolve();
  assertEquals(trace[1], { code: 4000, reason: "bye", wasClean: true });
  assertEquals([trace.length, app.size], [2, 0]);
});

Deno.test("hostile 106: FallbackPeer.gone() answers what waits, and leaves no ghost", async () => {
  const { app, peer, trace, send } = setUp({ rooms: true });
  app.on("slow", () => new Promise(() => {}));
  peer.open((each) => app[acceptor].accept(each));
  await peer.join([undefined]);
  assertEquals(app.in("deck").count, 1);
  const sending = send({ id: "a", event: "slow" });
  peer.disconnected("Client has gone");
  await Promise.resolve();
  assertEquals([app.in("deck").count, app.size, trace.length], [0, 0, 2]);
  assertEquals(await sending, []);
});

Deno.test("FallbackPeer.notice() says whose notice it is, and not its session", () => {
  const { peer, notices } = setUp();
  peer.notice({ code: "RATE_LIMITED", message: "Too fast" });
  assertEquals(notices, [{
    code: "RATE_LIMITED",
    message: "Too fast",
    subject: peer.id,
    id: peer.id,
    address: "192.0.2.1",
  }]);
});
