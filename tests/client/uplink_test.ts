import { assertEquals, assertThrows } from "@std/assert";
import { HttpChannel } from "../../client/http.ts";
import { Uplink } from "../../client/uplink.ts";
import { waitFor } from "../support/wait.ts";

/** A server whose answers are the test's. */
function setUp() {
  const posts: { body: string; answer: (response: Response) => void }[] = [];
  const heard: string[] = [];
  const failures: unknown[] = [];
  const paths = { sse: "/sse", poll: "/poll", events: "/events" };
  const target = { url: new URL("ws://server.test/ws"), protocols: [] };
  const channel = new HttpChannel(target, paths, (_url, { body }) => {
    return new Promise((answer) => posts.push({ body: String(body), answer }));
  });
  const uplink = new Uplink(channel, {
    message: (text) => heard.push(text),
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
  return { posts, heard, failures, uplink, answer };
}

Deno.test("Uplink sends what comes meanwhile together, and one request after the other", async () => {
  const { posts, uplink, answer } = setUp();
  uplink.send('{"n":1}', false);
  uplink.send('{"n":2}', false);
  await waitFor(() => posts.length === 1);
  uplink.send('{"n":3}', false);
  uplink.send('{"n":4}', false);
  assertEquals([uplink.queuedBytes, posts.length], [28, 1]);
  assertEquals(await answer(0), '[{"n":1},{"n":2}]');
  assertEquals(await answer(1), '[{"n":3},{"n":4}]');
  await waitFor(() => uplink.queuedBytes === 0);
});

Deno.test("Uplink sends what is urgent at once", async () => {
  const { uplink, answer } = setUp();
  uplink.send('{"n":1}', false);
  await Promise.resolve();
  uplink.send('{"ack":"1"}', true);
  assertEquals(await answer(1), '{"ack":"1"}');
  assertEquals(await answer(0), '{"n":1}');
});

Deno.test("Uplink sends what is no JSON alone", async () => {
  const { uplink, answer } = setUp();
  for (const text of ["1", "no json", "2", "3"]) uplink.send(text, false);
  const bodies = [await answer(0), await answer(1), await answer(2)];
  assertEquals(bodies, ["1", "no json", "[2,3]"]);
});

Deno.test("Uplink sends no more than a hundred messages at once", async () => {
  const { uplink, answer } = setUp();
  for (let n = 0; n < 150; n++) uplink.send(`${n}`, false);
  assertEquals(JSON.parse(await answer(0)).length, 100);
  assertEquals(JSON.parse(await answer(1)).length, 50);
});

Deno.test("Uplink reports the messages of an answer", async () => {
  const { heard, uplink, answer } = setUp();
  uplink.send('{"n":1}', false);
  await answer(0, new Response('{"messages":[{"ack":"1","data":null}]}'));
  await waitFor(() => heard.length === 1);
  assertEquals(heard, ['{"ack":"1","data":null}']);
});

Deno.test("Uplink stops where a request fails", async () => {
  const { posts, failures, uplink, answer } = setUp();
  uplink.send("1", false);
  await waitFor(() => posts.length === 1);
  uplink.send("2", false);
  await answer(0, new Response("gone", { status: 404 }));
  await waitFor(() => failures.length === 1);
  assertEquals(posts.length, 1);
});

Deno.test("Uplink refuses bytes", () => {
  const { uplink } = setUp();
  assertThrows(() => uplink.send(new ArrayBuffer(1), false), TypeError, "Cannot send bytes");
});
