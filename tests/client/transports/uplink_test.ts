import { assertEquals, assertThrows } from "@std/assert";
import { HttpChannel } from "../../../client/transports/http.ts";
import { Uplink } from "../../../client/transports/uplink.ts";
import { ManualClock } from "../../support/clients.ts";
import { httpOptions } from "../../support/transport_contract.ts";
import { waitFor } from "../../support/wait.ts";

/** A server whose answers are the test's. */
function setUp() {
  const posts: { body: string; answer: (response: Response) => void }[] = [];
  const heard: string[] = [];
  const refused: string[] = [];
  const failures: unknown[] = [];
  const clock = new ManualClock();
  const target = { url: new URL("ws://server.test/ws"), protocols: [] };
  const channel = new HttpChannel(target, {
    ...httpOptions,
    clock,
    fetch: (_url, { body }) => {
      return new Promise((answer) => posts.push({ body: String(body), answer }));
    },
  });
  const uplink = new Uplink(channel, {
    message: (text) => heard.push(text),
    refused: (text) => refused.push(text),
    failed: (error) => failures.push(error),
  });
  uplink.open("s");
  async function answer(
    index: number,
    response = new Response('{"messages":[]}'),
  ): Promise<string> {
    await waitFor(() => posts.length > index);
    posts[index]!.answer(response);
    return posts[index]!.body;
  }
  return { clock, posts, heard, refused, failures, uplink, answer };
}

Deno.test("Uplink sends what comes meanwhile together, and one request after the other", async () => {
  const { posts, uplink, answer } = setUp();
  uplink.send('{"n":1}', "event");
  uplink.send('{"n":2}', "event");
  await waitFor(() => posts.length === 1);
  uplink.send('{"n":3}', "event");
  uplink.send('{"n":4}', "event");
  assertEquals([uplink.queuedBytes, posts.length], [28, 1]);
  assertEquals(await answer(0), '[{"n":1},{"n":2}]');
  assertEquals(await answer(1), '[{"n":3},{"n":4}]');
  await waitFor(() => uplink.queuedBytes === 0);
});

Deno.test("Uplink sends what is urgent at once", async () => {
  const { uplink, answer } = setUp();
  uplink.send('{"n":1}', "event");
  await Promise.resolve();
  uplink.send('{"ack":"1"}', "answer");
  assertEquals(await answer(1), '{"ack":"1"}');
  assertEquals(await answer(0), '{"n":1}');
});

Deno.test("Uplink sends what is no JSON alone", async () => {
  const { uplink, answer } = setUp();
  for (const text of ["1", "no json", "2", "3"]) uplink.send(text, "event");
  const bodies = [await answer(0), await answer(1), await answer(2)];
  assertEquals(bodies, ["1", "no json", "[2,3]"]);
});

Deno.test("Uplink sends no more than a hundred messages at once", async () => {
  const { uplink, answer } = setUp();
  for (let n = 0; n < 150; n++) uplink.send(`${n}`, "event");
  assertEquals(JSON.parse(await answer(0)).length, 100);
  assertEquals(JSON.parse(await answer(1)).length, 50);
});

Deno.test("Uplink reports the messages of an answer", async () => {
  const { heard, uplink, answer } = setUp();
  uplink.send('{"n":1}', "event");
  await answer(0, new Response('{"messages":[{"ack":"1","data":null}]}'));
  await waitFor(() => heard.length === 1);
  assertEquals(heard, ['{"ack":"1","data":null}']);
});

Deno.test("Uplink stops where a request fails", async () => {
  const { posts, failures, uplink, answer } = setUp();
  uplink.send("1", "event");
  await waitFor(() => posts.length === 1);
  uplink.send("2", "event");
  await answer(0, new Response("gone", { status: 404 }));
  await waitFor(() => failures.length === 1);
  assertEquals(posts.length, 1);
});

Deno.test("Uplink refuses bytes", () => {
  const { uplink } = setUp();
  assertThrows(() => uplink.send(new ArrayBuffer(1), "event"), TypeError, "Cannot send bytes");
});

Deno.test("Uplink sends long messages in requests of their own", async () => {
  const { uplink, answer } = setUp();
  const long = `"${"x".repeat(40_000)}"`;
  for (const text of ["1", long, long, "2"]) uplink.send(text, "event");
  assertEquals(await answer(0), `[1,${long}]`);
  assertEquals(await answer(1), `[${long},2]`);
});

Deno.test("Uplink tells what the server does not take, and goes on", async () => {
  const { failures, refused, uplink, answer } = setUp();
  const tooLarge = () => new Response("", { status: 413 });
  for (const text of ["1", "2", "3"]) uplink.send(text, "event");
  await answer(0, tooLarge());
  assertEquals(await answer(1), "1");
  assertEquals(await answer(2, tooLarge()), "2");
  assertEquals(await answer(3), "3");
  await waitFor(() => uplink.queuedBytes === 0);
  assertEquals([refused, failures], [["2"], []]);
});

Deno.test("Uplink answers the server at a bounded rate, together what has waited", async () => {
  const { clock, posts, uplink, answer } = setUp();
  for (let n = 0; n < 40; n++) {
    uplink.send(`${n}`, "answer");
    await answer(n);
  }
  uplink.send("40", "answer");
  await new Promise((resolve) => setTimeout(resolve, 0));
  uplink.send("41", "answer");
  uplink.send("probe", "probe");
  assertEquals(await answer(40), "probe");
  assertEquals(posts.length, 41);
  clock.pass(50);
  assertEquals(await answer(41), "[40,41]");
});
