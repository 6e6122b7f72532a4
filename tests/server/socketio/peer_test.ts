/** Tests of server/socketio/peer.ts. */

import { args, EventError } from "@hawser/ws";
import { Outgoing } from "@hawser/ws/wire";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { RecordingApp } from "../../support/socketio.ts";

async function moor(packet = "0") {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect(packet);
  return { recorder, client, ...recorder.last };
}

Deno.test("SocketIoPeer.send() writes any number of arguments, and bytes", async () => {
  const { client, peer } = await moor("0/deck");
  peer.send(new Outgoing("none", undefined));
  peer.send(new Outgoing("one", [1, 2]));
  peer.send(new Outgoing("two", args(1, { a: null })));
  peer.send(new Outgoing("bytes", { b: Uint8Array.of(1, 2) }));
  assertEquals(await client.fetch(), [
    '2/deck,["none"]',
    '2/deck,["one",[1,2]]',
    '2/deck,["two",1,{"a":null}]',
    '51-/deck,["bytes",{"b":{"_placeholder":true,"num":0}}]',
    "bAQI=",
  ]);
});

Deno.test("SocketIoPeer.send() encodes an event once for all", async () => {
  const recorder = new RecordingApp();
  const clients = [await recorder.client(), await recorder.client()];
  for (const client of clients) await client.connect();
  let reads = 0;
  const outgoing = new Outgoing("e", {
    get value() {
      return ++reads;
    },
  });
  for (const { peer } of recorder.sessions) peer.send(outgoing);
  const [first, second] = [await clients[0]?.fetch(), await clients[1]?.fetch()];
  assertEquals(first, second);
});

Deno.test("SocketIoPeer.send() asks for an acknowledgement, and hears it", async () => {
  const { client, peer, trace } = await moor();
  peer.send(new Outgoing("ask", 5, 12));
  assertEquals(await client.fetch(), ['212["ask",5]']);
  await client.send("312[1,2]", "313[]");
  assertEquals(trace, [["answered", 12, { data: args(1, 2) }], ["answered", 13, {
    data: undefined,
  }]]);
});

Deno.test("SocketIoPeer.answer() acknowledges with values or an error, and unknown events not", async () => {
  const { client, peer } = await moor();
  peer.answer(1, { data: undefined });
  peer.answer(2, { data: args(1, 2) });
  const details = { retryAfter: 5 };
  peer.answer(3, { error: new EventError("RATE_LIMITED", "Too fast", { details }) });
  peer.answer(4, { error: new EventError("UNKNOWN_EVENT", "Unknown event: x") });
  assertEquals(await client.fetch(), [
    "31[]",
    "32[1,2]",
    '33[{"error":{"retryAfter":5,"code":"RATE_LIMITED","message":"Too fast"}}]',
    '2["error",{"code":"UNKNOWN_EVENT","message":"Unknown event: x"}]',
  ]);
});

Deno.test("SocketIoPeer.refuse() tells a mistake by the event error", async () => {
  const { client, peer } = await moor();
  peer.refuse(new EventError("FORBIDDEN", "Not here"), "dig");
  assertEquals(await client.fetch(), [
    '2["error",{"code":"FORBIDDEN","message":"Not here","event":"dig"}]',
  ]);
});

for (const code of [1000, 1008, 4000] as const) {
  Deno.test(`SocketIoPeer.close() with ${code} sends a client away from its namespace`, async () => {
    const { client, peer, trace, recorder } = await moor("0/deck");
    await client.connect("0");
    peer.close(code, "Signed out");
    peer.close(1008, "twice");
    peer.send(new Outgoing("late", undefined));
    assertEquals(await client.fetch(), [
      `2/deck,["error",{"code":${code},"reason":"Signed out"}]`,
      "1/deck,",
    ]);
    assertEquals(trace, [{ code, reason: "Signed out", wasClean: true }]);
    await client.send('2["still"]', '2/deck,["in flight"]');
    assertEquals([recorder.last.trace, trace.length], [[["still", undefined]], 1]);
  });
}

for (const code of [1001, 1011, 1013] as const) {
  Deno.test(`SocketIoPeer.close() with ${code} ends the session: its client comes back`, async () => {
    const { client, peer, trace } = await moor();
    peer.close(code, "Going away");
    assertEquals(await client.fetch(), ["1"]);
    assertEquals(trace, [{ code, reason: "Going away", wasClean: true }]);
    assertEquals(await client.fetch(), ["400"]);
  });
}

Deno.test("SocketIoPeer skips volatile events of a client that does not poll", async () => {
  const { client, peer } = await moor();
  assertEquals(peer.congested, true);
  const poll = client.fetch();
  assertEquals(peer.congested, false);
  peer.send(new Outgoing("now", undefined));
  assertEquals(await poll, ['2["now"]']);
  peer.send(new Outgoing("later", undefined));
  const drained = peer.drained();
  assertEquals(peer.bufferedAmount > 0, true);
  await client.fetch();
  await drained;
  assertEquals(peer.bufferedAmount, 0);
});

Deno.test("SocketIoPeer joins and leaves rooms by a name or an object, and says where it is", async () => {
  const { client, peer, trace } = await moor();
  await client.send('2["room:join","abc"]', '21["room:join",{"roomId":"b","seq":3,"epoch":"e"}]');
  await client.send('2["room:join",{"roomId":"c","last":5}]', '2["room:leave","abc"]');
  await client.send('2["room:leave",{"roomId":"b"}]', '2["room:join",5]', '2["room:leave"]');
  assertEquals(trace, [
    ["join", { room: "abc", from: undefined }],
    ["join", { room: "b", from: { seq: 3, epoch: "e" } }],
    ["join", { room: "c", from: { last: 5 } }],
    ["leave", "abc"],
    ["leave", "b"],
    ["INVALID_MESSAGE", "room:join"],
    ["INVALID_MESSAGE", "room:leave"],
  ]);
  const position = { seq: 7, epoch: "e" };
  peer.joined("abc", { position, recovered: false });
  peer.send(new Outgoing("note", 1, undefined, { room: "abc", ...position }));
  peer.send(new Outgoing("note", 2, undefined, { room: "c", ...position }));
  peer.left("c");
  peer.send(new Outgoing("note", 3, undefined, { room: "c", ...position }));
  assertEquals(await client.fetch(), [
    '2["room:joined",{"roomId":"abc","seq":7,"epoch":"e","recovered":false}]',
    '2["note",1]',
    '2["note",2,{"stream":"c","seq":7}]',
    '2["room:left",{"roomId":"c"}]',
    '2["note",3]',
  ]);
});

Deno.test("SocketIoPeer tells the operator whom a notice is about", async () => {
  const { recorder, peer } = await moor();
  peer.notice?.({ code: "RATE_LIMITED", message: "Raise the rate" });
  assertEquals(recorder.notices, [{
    code: "RATE_LIMITED",
    message: "Raise the rate",
    subject: "client-0",
    id: "client-0",
    address: "192.0.2.1",
  }]);
  assertStrictEquals(peer.remoteAddress, "192.0.2.1");
});
