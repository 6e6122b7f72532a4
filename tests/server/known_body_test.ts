/** Tests of server/known_body.ts. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { peekFields, plainType, takeKnownBody, takePlainText } from "../../server/known_body.ts";

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
  const response = new Response("once", init);
  takeKnownBody(response);
  await assertRejects(() => response.text(), TypeError);
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

Deno.test("peekFields() lists the fields as they are now", () => {
  const response = new Response(null, { headers: [["set-cookie", "a"], ["set-cookie", "b"]] });
  assertEquals(peekFields(response), [["set-cookie", "a"], ["set-cookie", "b"]]);
  response.headers.set("x-a", "c");
  assertEquals(peekFields(response)?.length, 3);
  response.headers.delete("set-cookie");
  assertEquals(peekFields(response), [["x-a", "c"]]);
});

Deno.test("plainType() knows a response that is nothing but text and its type", () => {
  assertEquals(plainType(new Response("a")), "text/plain;charset=UTF-8");
  assertEquals(plainType(new Response("")), "text/plain;charset=UTF-8");
  assertEquals(plainType(Response.json({ a: 1 })), "application/json");
});

Deno.test("plainType() is undefined where anything else was asked for or done", async () => {
  class Own extends Response {}
  const changed = new Response("a");
  changed.headers.set("x-a", "b");
  const locked = new Response("a");
  const reader = locked.body!.getReader();
  const read = new Response("a");
  await read.text();
  const others = [
    new Response("a", { status: 404 }),
    new Response("a", { headers: { "x-a": "b" } }),
    new Response("a", { statusText: "Fine" }),
    Response.json(1, { status: 400 }),
    Response.redirect("http://localhost/"),
    Response.error(),
    new Response(),
    new Response(Uint8Array.of(1)),
    new Response(new Blob(["a"])),
    new Response(new ReadableStream()),
    new Own("a"),
    changed,
    locked,
    read,
  ];
  for (const response of others) assertEquals(plainType(response), undefined);
  await reader.cancel();
});

Deno.test("takePlainText() uses the response up", async () => {
  for (const response of [new Response("a"), Response.json("a")]) {
    const { length } = takePlainText(response);
    assert(length > 0);
    assert(response.bodyUsed);
    assertEquals(plainType(response), undefined);
    assertEquals(takeKnownBody(response), undefined);
    await assertRejects(() => response.text(), TypeError);
  }
});
