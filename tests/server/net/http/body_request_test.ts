/** Tests of server/net/http/body_request.ts. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { makeBodyRequest } from "../../../../server/net/http/body_request.ts";

/** A request, and how often its body was asked for as a whole. */
function makeRequest(body: string, type: string): { request: Request; asked: () => number } {
  let count = 0;
  const init = { method: "POST", headers: { "content-type": type }, body };
  return { request: makeBodyRequest("http://h/", init, () => count++), asked: () => count };
}

Deno.test("makeBodyRequest() makes what says when its body is asked for as a whole, by each of the methods", async () => {
  const gather: ((request: Request) => Promise<unknown>)[] = [
    async (request) => new TextDecoder().decode(await request.arrayBuffer()),
    async (request) => await (await request.blob()).text(),
    async (request) => new TextDecoder().decode(await request.bytes()),
    async (request) => (await request.formData()).get('{"a"}'),
    async (request) => JSON.stringify(await request.json()),
    (request) => request.text(),
  ];
  for (const [index, each] of gather.entries()) {
    const isForm = index === 3;
    const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
    const text = isForm ? "%7B%22a%22%7D=1" : '{"a":1}';
    const { request, asked } = makeRequest(text, type);
    assertEquals(asked(), 0);
    assertEquals(await each(request), isForm ? "1" : '{"a":1}');
    assertEquals(asked(), 1);
    await assertRejects(() => request.text(), TypeError);
  }
});

Deno.test("makeBodyRequest() makes a Request like any other to whoever streams or copies it", async () => {
  const { request, asked } = makeRequest("hello", "text/plain");
  assert(request instanceof Request);
  assertEquals(await new Response(request.clone().body).text(), "hello");
  assertEquals(await new Request(request).text(), "hello");
  assertEquals([request.bodyUsed, asked()], [true, 0]);
});
