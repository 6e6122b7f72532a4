/** Publishing by HTTP, without a network; statuses over a real one are in tests/integration. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { EventError } from "../../../../server/app/events/errors.ts";
import type { Publishing } from "../../../../server/app/http_publish.ts";
import { Args } from "../../../../wire/args.ts";
import { answerPublish } from "../../../../server/wires/publish/publish.ts";

const info = { remoteAddress: "192.0.2.1", protocols: [] };

/** Takes the key `good`; remembers what is published. */
function makePublishing(
  fail?: () => never,
): Publishing & { readonly published: unknown[][]; readonly addresses: string[] } {
  const published: unknown[][] = [];
  const addresses: string[] = [];
  return {
    path: "/api/publish",
    published,
    addresses,
    verify(key, { remoteAddress }) {
      addresses.push(remoteAddress);
      return Promise.resolve(key === "good" ? "accepted" : key === "late" ? "limited" : "refused");
    },
    publish(...message) {
      fail?.();
      published.push(message);
      return Promise.resolve({ seq: 7, epoch: "e" });
    },
  };
}

function request(body: string, authorization = "Bearer good"): Request {
  const headers = { authorization };
  return new Request("http://localhost/api/publish", { method: "POST", headers, body });
}

Deno.test("answerPublish() publishes, and answers with the position", async () => {
  const publishing = makePublishing();
  const body = '{"room":"deck","event":"note","data":{"n":1}}';
  const response = await answerPublish(publishing, request(body), info);
  assertEquals([response.status, await response.json()], [200, { seq: 7, epoch: "e" }]);
  const bare = request('{"room":"deck","event":"note"}', "bearer  good");
  assertEquals((await answerPublish(publishing, bare, info)).status, 200);
  assertEquals(publishing.published, [["deck", "note", { n: 1 }], ["deck", "note", undefined]]);
  assertEquals(publishing.addresses, ["192.0.2.1", "192.0.2.1"]);
});

Deno.test("answerPublish() tells who may not publish", async () => {
  const publishing = makePublishing();
  for (
    const [authorization, status, header, value] of [
      ["", 401, "www-authenticate", "Bearer"],
      ["Basic good", 401, "www-authenticate", "Bearer"],
      ["Bearer bad", 403, "retry-after", null],
      ["Bearer late", 429, "retry-after", "60"],
    ] as const
  ) {
    const response = await answerPublish(publishing, request("{}", authorization), info);
    assertEquals([response.status, response.headers.get(header)], [status, value]);
  }
  assertEquals(publishing.published, []);
});

Deno.test("answerPublish() answers what the application refuses with 400, and hides nothing else", async () => {
  const body = '{"room":"deck","event":"note"}';
  const refusing = makePublishing(() => {
    throw new EventError("INVALID_MESSAGE", "Room name is too long");
  });
  const response = await answerPublish(refusing, request(body), info);
  assertEquals([response.status, (await response.json()).message], [400, "Room name is too long"]);
  const failing = makePublishing(() => {
    throw new Error("Disk is full");
  });
  await assertRejects(() => answerPublish(failing, request(body), info), Error, "Disk is full");
});

Deno.test("hostile 99: answerPublish() drops __proto__", async () => {
  const publishing = makePublishing();
  const body = '{"room":"deck","event":"note","data":{"__proto__":{"admin":true},"a":1}}';
  await answerPublish(publishing, request(body), info);
  assertEquals(publishing.published, [["deck", "note", { a: 1 }]]);
});

Deno.test("answerPublish() publishes data of any kind, bytes in it, and several arguments", async () => {
  const publishing = makePublishing();
  for (const data of ["null", "9", '[{"$base64":"AQ=="}]', '{"$$base64":1}']) {
    await answerPublish(publishing, request(`{"room":"a","event":"b","data":${data}}`), info);
  }
  await answerPublish(publishing, request('{"room":"a","event":"b","args":[1,2]}'), info);
  const [several, ...published] = publishing.published.map((each) => each[2]).reverse();
  assertEquals(published, [{ $base64: 1 }, [Uint8Array.of(1)], 9, null]);
  assert(several instanceof Args && several.length === 2);
});

Deno.test("hostile 225: answerPublish() refuses data that is given twice, and bytes that are none", async () => {
  const publishing = makePublishing();
  for (const fields of ['"data":1,"args":[]', '"args":5', '"data":{"$base64":"!"}']) {
    const body = request(`{"room":"a","event":"b",${fields}}`);
    const response = await answerPublish(publishing, body, info);
    assertEquals([response.status, (await response.json()).code], [400, "INVALID_MESSAGE"]);
  }
  assertEquals(publishing.published, []);
});
