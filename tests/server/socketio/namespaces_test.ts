/** Tests of server/socketio/namespaces.ts. */

import { EventError } from "@hawser/ws";
import { Outgoing } from "@hawser/ws/wire";
import { assertEquals } from "@std/assert";
import { RecordingApp } from "../../support/socketio.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("SessionNamespaces connects a client to a namespace, with what it presents", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  assertEquals(await client.connect("0"), '0{"sid":"client-0"}');
  assertEquals(await client.connect('0/deck,{"token":"123"}'), '0/deck,{"sid":"client-1"}');
  assertEquals(await client.connect("0/hold"), '0/hold,{"sid":"client-2"}');
  assertEquals(recorder.auths, [{}, { token: "123" }, {}]);
  assertEquals(recorder.sessions.map(({ peer }) => "auth" in peer && peer.auth), recorder.auths);
});

Deno.test("SessionNamespaces refuses a namespace that there is not, and goes on", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  assertEquals(await client.connect("0/random"), '4/random,{"message":"Invalid namespace"}');
  assertEquals(await client.connect("0"), '0{"sid":"client-0"}');
});

Deno.test("SessionNamespaces tells why a client is refused, with details", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  const error = new EventError("FORBIDDEN", "not good", { details: { a: "b", c: 3 } });
  recorder.decide = () => Promise.resolve(error);
  assertEquals(
    await client.connect("0/deck"),
    '4/deck,{"message":"not good","data":{"a":"b","c":3,"code":"FORBIDDEN"}}',
  );
  recorder.decide = () => Promise.resolve(new EventError("UNAUTHORIZED", "Invalid token"));
  assertEquals(
    await client.connect("0/deck"),
    '4/deck,{"message":"Authentication failed","data":{"code":"UNAUTHORIZED","message":"Invalid token"}}',
  );
  recorder.decide = () => Promise.reject(new Error("overboard"));
  assertEquals(
    await client.connect("0"),
    '4{"message":"Internal error","data":{"code":"INTERNAL"}}',
  );
  assertEquals([recorder.failures.map(String), recorder.sessions], [["Error: overboard"], []]);
});

Deno.test("SessionNamespaces gives each event to its namespace, and answers", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  await client.connect("0/deck");
  await client.send(
    '2["a",1,2]',
    '2/deck,7["b"]',
    '51-8["c",{"_placeholder":true,"num":0}]',
    "bAQI=",
  );
  const [main, deck] = recorder.sessions;
  assertEquals(main?.trace.map((each) => JSON.stringify(each)), [
    '["a",[1,2]]',
    '["c",{"0":1,"1":2},8]',
  ]);
  assertEquals(deck?.trace, [["b", undefined, 7]]);
  deck?.peer.answer(7, { data: { ok: true } });
  assertEquals(await client.fetch(), ['3/deck,7[{"ok":true}]']);
});

Deno.test("SessionNamespaces leaves a namespace that the client leaves, and stays in others", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  await client.connect("0/deck");
  await client.send("1/deck,", '2/deck,["late"]', '2["on"]');
  const [main, deck] = recorder.sessions;
  const close = { code: 1000, reason: "client namespace disconnect", wasClean: true };
  assertEquals([main?.trace, deck?.trace], [[["on", undefined]], [close]]);
  assertEquals(await client.connect("0/deck"), '0/deck,{"sid":"client-2"}');
  await client.send('2/deck,["again"]');
  assertEquals(recorder.last.trace, [["again", undefined]]);
});

for (
  const packets of [
    ["abc"],
    ['2["a"]'],
    ["1x"],
    ["4{}"],
    ["0", "2{}"],
    ["0", '2abc["a"]'],
    ["0", '2/deck,["a"]'],
    ["0", "3[]"],
    ["0", '51-["a",{"_placeholder":true,"num":1}]', "bAQI="],
    ["0", "bAQI="],
    ["0", '2["connect"]'],
  ]
) {
  Deno.test(`hostile 248: SessionNamespaces ends a session that sends ${packets.join(" ")}`, async () => {
    const recorder = new RecordingApp();
    const client = await recorder.client();
    for (const packet of packets) await client.send(packet);
    assertEquals((await client.fetch()).at(-1), "400");
    for (const { trace } of recorder.sessions) {
      assertEquals(trace, [{ code: 1006, reason: "parse error", wasClean: false }]);
    }
  });
}

Deno.test("hostile 446: SessionNamespaces answers once where a client asks to connect again", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  await client.send("0/deck,", '0/deck,{"token":"another"}', "0", '2["on"]');
  assertEquals(await client.fetch(), ['0/deck,{"sid":"client-1"}']);
  await client.send("0/deck,", '2/deck,["here"]', "1/deck,");
  assertEquals(await client.connect("0/deck"), '0/deck,{"sid":"client-2"}');
  const close = { code: 1000, reason: "client namespace disconnect", wasClean: true };
  const traces = recorder.sessions.map(({ trace }) => trace);
  assertEquals(traces, [[["on", undefined]], [["here", undefined], close], []]);
});

Deno.test("hostile 411: SessionNamespaces counts long packets before it reads them", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  const sizes: number[] = [];
  recorder.mayRead = (size) => sizes.push(size) > 2;
  const long = "x".repeat(20_000);
  // What is no JSON would end the session, had somebody read it. Its attachments go with it.
  await client.send(`2["a",${long}`, `51-["a",${long}`, "bAQI=", `2["b","${long}"]`, '2["c"]');
  assertEquals(sizes, [20_006, 20_008, 20_009, 6]);
  assertEquals(recorder.last.trace, [["b", long], ["c", undefined]]);
  const place = '{"_placeholder":true,"num":0}';
  await client.send(`51-["d","${long}",${place}]`, "bAQI=");
  assertEquals(sizes.slice(4), [20_041, 2]);
  assertEquals(recorder.last.trace.length, 3);
});

Deno.test("hostile 411: SessionNamespaces reads no long packet of who is not in the namespace", async () => {
  const long = "x".repeat(20_000);
  for (
    const packet of [`0{"token":"${long}"}`, `0/deck,{"token":"${long}"}`, `2/deck,["${long}"]`]
  ) {
    const recorder = new RecordingApp();
    const client = await recorder.client();
    if (packet.includes("/deck")) await client.connect("0");
    assertEquals([await client.send(packet), recorder.auths.length], [
      200,
      packet.includes("/deck") ? 1 : 0,
    ]);
    assertEquals(await client.fetch(), ["400"]);
  }
});

Deno.test("hostile 412: SessionNamespaces counts each CONNECT for a namespace that a client is in", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  const sizes: number[] = [];
  recorder.mayRead = (size) => sizes.push(size) > 0;
  await client.send("0", '0{"a":1}', "0");
  assertEquals([sizes, recorder.auths.length], [[1, 8, 1], 1]);
});

Deno.test("hostile 249: SessionNamespaces ends a session that is in no namespace in time", async () => {
  const recorder = new RecordingApp({ connectTimeout: 10_000 });
  const [idle, busy] = [await recorder.client(), await recorder.client()];
  await busy.connect("0");
  const poll = idle.fetch();
  recorder.clock.pass(10_300);
  assertEquals(await poll, ["1"]);
  const rest = busy.fetch();
  recorder.last.peer.close(1000);
  assertEquals(await rest, ["1"]);
});

Deno.test("hostile 249: SessionNamespaces takes a session to a bounded number of namespaces", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  const names = Array.from({ length: 101 }, (_, at) => `0/n-${at}`);
  assertEquals(await client.send(...names), 200);
  const answers = await client.fetch();
  assertEquals(answers.filter((answer) => answer.startsWith("0")).length, 100);
  assertEquals(answers.filter((answer) => answer.includes("Too many namespaces")).length, 1);
});

Deno.test("SessionNamespaces drops a client that has gone while it was decided about", async () => {
  const recorder = new RecordingApp();
  const decided = Promise.withResolvers<undefined>();
  recorder.decide = () => decided.promise;
  const client = await recorder.client();
  await client.send("0");
  await client.sendRaw("1");
  decided.resolve(undefined);
  await decided.promise;
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(recorder.sessions, []);
});

Deno.test("SessionNamespaces holds back one namespace by its handlers, not the others", async () => {
  const recorder = new RecordingApp();
  const gate = Promise.withResolvers<void>();
  const client = await recorder.client();
  await client.connect("0");
  await client.connect("0/deck");
  recorder.handled = () => gate.promise;
  const events = Array.from({ length: 63 }, (_, at) => `2["e",${at}]`);
  assertEquals(await client.send(...events, '2/deck,["through"]'), 200);
  assertEquals(recorder.last.trace, [["through", undefined]]);
  let isAnswered = false;
  const post = client.send('2["e",63]', '2/deck,["behind"]').then(() => void (isAnswered = true));
  await waitFor(() => recorder.sessions[0]?.trace.length === 64);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([isAnswered, recorder.last.trace.length], [false, 1]);
  gate.resolve();
  await post;
  assertEquals(recorder.last.trace.length, 2);
});

Deno.test("SessionNamespaces tells all peers once how the session has ended", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  await client.connect("0/deck");
  await client.sendRaw("1");
  await new Promise((resolve) => setTimeout(resolve));
  const close = { code: 1006, reason: "transport close", wasClean: false };
  assertEquals(recorder.sessions.map(({ trace }) => trace), [[close], [close]]);
});

Deno.test("hostile 251: SessionNamespaces counts attachments that wait for others, and lets go", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  const head = '52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  const bytes = `b${new Uint8Array(3_000).toBase64()}`;
  await client.send(head, bytes);
  const [first] = recorder.accounts;
  assertEquals(first?.account.bytes, head.length + 3_000);
  await client.send(bytes);
  assertEquals([first?.account.bytes, recorder.last.trace.length], [0, 1]);
  await client.send(head, bytes);
  first?.holder.evict();
  await Promise.resolve();
  const close = { code: 1013, reason: "Server is short of memory", wasClean: true };
  assertEquals([first?.account.bytes, recorder.last.trace.at(-1)], [0, close]);
});

Deno.test("hostile 251: what waits for one client alone is counted, what all share is not", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect("0");
  const { peer } = recorder.last;
  peer.send(new Outgoing("shared", "a".repeat(2_000)));
  peer.answer(1, { data: "a".repeat(2_000) });
  const held = recorder.accounts.map(({ account }) => account.bytes);
  assertEquals(held.length, 1);
  assertEquals(held[0]! > 2_000 && held[0]! < 2_100, true, `${held}`);
  await client.fetch();
  assertEquals(recorder.accounts[0]?.account.bytes, 0);
});
