/** Tests of server/testing/test_peer.ts; what a client makes of it is tested beside test_client.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { Outgoing } from "../../../server/app/events/outgoing.ts";
import { copyData, TestPeer } from "../../../server/testing/test_peer.ts";

function makePeer() {
  const log: unknown[] = [];
  const info = {
    request: new Request("http://localhost/"),
    remoteAddress: "::1",
    data: 1,
    auth: 2,
  };
  const peer = new TestPeer(info, {
    received: (received) => log.push(received),
    asked: (received, ackId) => log.push([received.event, ackId]),
    joined: (room) => log.push(`joined ${room}`),
    left: (room) => log.push(`left ${room}`),
    refused: ({ code }, event) => log.push([code, event]),
    closed: ({ code }) => log.push(code),
  });
  return { peer, log };
}

Deno.test("TestPeer hands on what it is sent, and after its end nothing", async () => {
  const { peer, log } = makePeer();
  const place = { room: "deck", seq: 3, epoch: "k" };
  assertEquals(peer.send(Outgoing.ofText("note", '{"seq":7}', place)), "sent");
  assertEquals(peer.send(new Outgoing("ask", null, 4)), "sent");
  peer.terminate();
  assertEquals(peer.send(new Outgoing("note", null)), "dropped");
  await Promise.resolve();
  assertEquals(log, [
    { event: "note", data: { seq: 7 }, room: "deck", position: { seq: 3, epoch: "k" } },
    ["ask", 4],
    1006,
  ]);
});

Deno.test("TestPeer ends once, and after the call that has ended it", async () => {
  const { peer, log } = makePeer();
  peer.close(4000, "one");
  peer.close(4001, "two");
  assertEquals(log, []);
  await Promise.resolve();
  assertEquals(log, [4000]);
  assertEquals(peer.closeInfo, { code: 4000, reason: "one", wasClean: true });
});

Deno.test("TestPeer.answer() throws for what no wire can carry, and the question stays open", async () => {
  const { peer } = makePeer();
  const { ackId, answer } = peer.ask();
  assertThrows(() => peer.answer(ackId, { data: 10n }), TypeError);
  peer.answer(ackId, { data: { at: undefined, to: 1 } });
  assertEquals(await answer, { to: 1 });
});

Deno.test("copyData() makes a copy", () => {
  const data = { list: [1] };
  const copy = copyData(data) as typeof data;
  data.list.push(2);
  assertEquals(copy, { list: [1] });
});
