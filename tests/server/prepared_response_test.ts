/** Tests of server/prepared_response.ts. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { copyResponse } from "../../server/fetched_response.ts";
import { prepareLater, prepareResponse, takeTemplate } from "../../server/prepared_response.ts";

const init = { status: 201, statusText: "Made", headers: [["set-cookie", "a=1"], ["b", "c"]] };
const make = prepareResponse("text", init as ResponseInit);

Deno.test("prepareResponse() makes responses that are like a new one to all who look", async () => {
  const expected = new Response("text", init as ResponseInit);
  for (const response of [make(), make().clone(), new Response(make().body, make())]) {
    assert(response instanceof Response);
    assertStrictEquals(Object.getPrototypeOf(response), Response.prototype);
    assertEquals([response.status, response.statusText, response.ok], [201, "Made", true]);
    assertEquals([...response.headers], [...expected.headers]);
    assertEquals([response.url, response.redirected, response.type], ["", false, "default"]);
    assertEquals([response.bodyUsed, await response.text()], [false, "text"]);
    assert(response.bodyUsed);
    await assertRejects(() => response.text(), TypeError);
  }
});

Deno.test("prepareResponse() makes a response for each request", async () => {
  const first = make();
  first.headers.set("b", "changed");
  await first.text();
  assertEquals([make().headers.get("b"), await make().text()], ["c", "text"]);
});

Deno.test("prepareResponse() copies bytes", async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const prepared = prepareResponse(bytes);
  bytes.fill(9);
  assertEquals(await prepared().bytes(), Uint8Array.of(1, 2, 3));
});

Deno.test("prepareResponse() refuses what can be no response, and at once", () => {
  assertThrows(() => prepareResponse("a", { status: 204 }), TypeError);
  assertThrows(() => prepareResponse("a", { status: 99 }), RangeError);
  assertThrows(() => prepareResponse("a", { headers: { "a b": "c" } }), TypeError);
});

Deno.test("prepareResponse() makes what Deno.serve() and copies take", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => make());
  const answer = await fetch(`http://127.0.0.1:${server.addr.port}`);
  assertEquals([answer.status, answer.headers.get("b"), await answer.text()], [201, "c", "text"]);
  const copy = copyResponse(make());
  assertEquals([copy.status, copy.headers.get("b"), await copy.text()], [201, "c", "text"]);
});

Deno.test("takeTemplate() takes a response once, which is used up then", async () => {
  const response = make();
  const template = takeTemplate(response);
  assertStrictEquals(takeTemplate(make()), template);
  assertEquals(takeTemplate(response), undefined);
  assertEquals([response.status, response.bodyUsed], [201, true]);
  await assertRejects(() => response.text(), TypeError);
  const empty = prepareResponse(null)();
  assert(takeTemplate(empty) !== undefined);
  assertEquals([empty.bodyUsed, await empty.text()], [false, ""]);
});

Deno.test("takeTemplate() leaves alone what somebody has changed or read", async () => {
  const changed = ["b", "content-type", "x-more"].map((name) => {
    const response = make();
    response.headers.set(name, "changed");
    return response;
  });
  const fewer = make();
  fewer.headers.delete("b");
  const locked = make();
  const reader = locked.body!.getReader();
  const read = make();
  await read.text();
  const own = Object.setPrototypeOf(make(), Object.create(Response.prototype)) as Response;
  for (const response of [...changed, fewer, locked, read, own, make().clone()]) {
    assertEquals(takeTemplate(response), undefined);
  }
  await reader.cancel();
});

Deno.test("takeTemplate() takes what was only looked at", () => {
  const response = make();
  assertEquals([response.status, response.headers.get("b")], [201, "c"]);
  assert(takeTemplate(response) !== undefined);
});

Deno.test("prepareLater() makes what prepareResponse() makes, from one template", async () => {
  const later = prepareLater("text", { status: 201 });
  const [first, second] = [later(), later()];
  assertEquals([first.status, await first.clone().text()], [201, "text"]);
  assertStrictEquals(takeTemplate(first), takeTemplate(second));
});
