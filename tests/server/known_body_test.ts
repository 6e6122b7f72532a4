/** Tests of server/known_body.ts. */

import { assert, assertEquals } from "@std/assert";
import { takeKnownBody } from "../../server/known_body.ts";

Deno.test("takeKnownBody() takes text and bytes, and uses the response up", async () => {
  const init = { status: 201, headers: { a: "b" } };
  for (const response of [new Response("Gr\u00fc\u00dfe"), new Response("Gr\u00fc\u00dfe", init)]) {
    assertEquals(takeKnownBody(response), "Gr\u00fc\u00dfe");
    assert(response.bodyUsed);
    assertEquals(takeKnownBody(response), undefined);
  }
  const bytes = Uint8Array.of(1, 2, 3);
  for (const body of [bytes, bytes.buffer, new DataView(bytes.buffer)]) {
    const response = new Response(body, init);
    assertEquals(takeKnownBody(response), bytes);
    assert(response.bodyUsed);
  }
  assertEquals(takeKnownBody(Response.json({ a: 1 })), '{"a":1}');
  assertEquals(takeKnownBody(new Response(new URLSearchParams("a=b"))), "a=b");
  assertEquals(takeKnownBody(new Response("copied").clone()), "copied");
  await undefined; // what was left behind has not rejected
});

Deno.test("takeKnownBody() knows that there is no body", () => {
  for (const response of [new Response(), new Response(null, { status: 204 })]) {
    assertEquals(takeKnownBody(response), null);
  }
});

Deno.test("takeKnownBody() leaves streams alone, and what somebody has read from", async () => {
  const read = new Response("read");
  const reader = read.body!.getReader();
  const text = new Response("text");
  await text.text();
  const others = [new Response(new ReadableStream()), new Response(new Blob(["blob"])), read, text];
  for (const response of others) assertEquals(takeKnownBody(response), undefined);
  assertEquals(others[1]!.bodyUsed, false);
  await reader.cancel();
});

Deno.test("takeKnownBody() trusts no class of the application's own", () => {
  class Other extends Response {
    override get body(): Response["body"] {
      return new Response("other").body;
    }
  }
  assertEquals(takeKnownBody(new Other("base")), undefined);
  const own = new Response("base");
  Object.setPrototypeOf(own, Object.create(Response.prototype));
  assertEquals(takeKnownBody(own), undefined);
});
