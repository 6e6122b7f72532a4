/** Notifications: a page that listens, and a back end that publishes. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EventStream } from "../support/event_stream.ts";
import { type Program, runProgram, startProgram } from "../support/program.ts";

const program = "examples/notifications.ts";

function notify({ url }: Program, text: string): Promise<Response> {
  return fetch(new URL("/api/publish", url), {
    method: "POST",
    headers: { authorization: "Bearer k-1" },
    body: JSON.stringify({ room: "news", event: "notice", data: { text } }),
  });
}

Deno.test("examples/notifications.ts brings notices, also those of the time between two connections", async () => {
  await using news = await startProgram(program, { args: ["--port=0", "--api-key=k-1"] });
  const url = new URL("/sse?room=news", news.url);
  await using stream = await EventStream.open(url);
  await stream.until("welcome");
  assertEquals((await notify(news, "one")).status, 200);
  assertEquals((await stream.until("notice")).data.text, "one");
  const { id } = stream;
  await stream[Symbol.asyncDispose]();
  await (await notify(news, "two")).body?.cancel();
  await using again = await EventStream.open(url, { "last-event-id": id });
  assertEquals((await again.until("notice")).data, {
    type: "notice",
    text: "two",
    stream: "news",
    seq: 2,
  });
});

Deno.test("examples/notifications.ts serves its page, and one room", async () => {
  await using news = await startProgram(program, { args: ["--port=0", "--api-key=k-1"] });
  const page = await fetch(news.url);
  assertMatch(page.headers.get("content-type") ?? "", /^text\/html/);
  assertStringIncludes(await page.text(), 'new EventSource("/sse?room=news")');
  assertEquals(await (await fetch(new URL("/other", news.url))).text(), "Not found\n");
  await using stream = await EventStream.open(new URL("/sse?room=secrets", news.url));
  assertEquals((await stream.until("error")).data.code, "FORBIDDEN");
});

Deno.test("examples/notifications.ts needs a key", async () => {
  const { code, stderr } = await runProgram(program, { args: ["--port=0"] });
  assertEquals([code, stderr], [2, "At least one --api-key is needed: see --help\n"]);
});
