/** Publishing by HTTP, without a network; statuses over a real one are in tests/integration. */

import { assertEquals, assertThrows } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { apiKeys } from "../../../../server/app/auth/api_keys.ts";
import type { AppOptions } from "../../../../server/app/options.ts";
import { serve } from "../../../../server/serve.ts";
import { publish } from "../../../../server/wires/publish/publish.ts";
import { connect, ManualClock } from "../../../support/clients.ts";
import { TestWires } from "../../../support/wires.ts";

const auth = apiKeys(["good", { key: "bound", rooms: ["deck"] }]);

function post(wires: TestWires, body: unknown, authorization = "Bearer good") {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method: "POST", headers: { authorization }, body: text };
  return wires.fetch("/api/publish", init).then((response) => response!);
}

function setUp(options: AppOptions<Record<string, unknown>, unknown> = {}) {
  const app = new App({ identify: () => ({ id: "ada" }), ...options });
  const { connection, id } = connect(app);
  app.client(id)!.join("deck");
  return { app, connection, wires: new TestWires(app, [publish({ auth })]) };
}

Deno.test("publish() reaches the room and its stream, and answers with the position", async () => {
  const { connection, wires } = setUp();
  const response = await post(wires, { room: "deck", event: "note", data: { n: 1 } });
  const { seq, epoch } = await response.json();
  assertEquals([response.status, seq, typeof epoch], [200, 1, "string"]);
  assertEquals(connection.take().map(({ type, n }) => [type, n]), [["note", 1]]);
  const bare = await post(wires, { room: "deck", event: "note" }, "bearer  good");
  assertEquals((await bare.json()).seq, 2);
});

Deno.test("publish() reaches all clients of a user", async () => {
  const { app, connection, wires } = setUp();
  const other = connect(app).connection;
  const response = await post(wires, { user: "ada", event: "note", data: { n: 1 } });
  assertEquals([response.status, await response.json()], [200, {}]);
  for (const each of [connection, other]) assertEquals(each.take(), [{ type: "note", n: 1 }]);
});

Deno.test("publish() takes several messages, in their order", async () => {
  const { connection, wires } = setUp();
  const batch = [1, 2, 3].map((n) => ({ room: "deck", event: "note", data: { n } }));
  const response = await post(wires, [...batch, { user: "ada", event: "note", data: { n: 4 } }]);
  const places = await response.json();
  assertEquals(places.map(({ seq }: { seq?: number }) => seq), [1, 2, 3, undefined]);
  assertEquals(connection.take().map(({ n }) => n).sort(), [1, 2, 3, 4]);
  assertEquals(await (await post(wires, [])).json(), []);
});

Deno.test("publish() tells who may not publish", async () => {
  const { wires, connection } = setUp();
  for (
    const [authorization, status, challenge] of [
      ["", 401, "Bearer"],
      ["Basic good", 401, "Bearer"],
      ["Bearer bad", 403, null],
    ] as const
  ) {
    const response = await post(wires, { room: "deck", event: "note" }, authorization);
    assertEquals([response.status, response.headers.get("www-authenticate")], [status, challenge]);
  }
  assertEquals(connection.take(), []);
});

Deno.test("hostile 281: publish() publishes nothing of a batch of which one room is not the key's", async () => {
  const { wires, connection } = setUp();
  const note = { event: "note", data: {} };
  for (
    const body of [
      { room: "bridge", ...note },
      { user: "ada", ...note },
      [{ room: "deck", ...note }, { room: "bridge", ...note }],
    ]
  ) {
    const response = await post(wires, body, "Bearer bound");
    assertEquals([response.status, (await response.json()).code], [403, "FORBIDDEN"]);
  }
  assertEquals(connection.take(), []);
  assertEquals((await post(wires, { room: "deck", ...note }, "Bearer bound")).status, 200);
});

Deno.test("publish() answers late who has failed too often", async () => {
  const clock = new ManualClock();
  const wires = new TestWires(new App(), [publish({ auth, maxFailures: 1 })], { clock });
  assertEquals((await post(wires, {}, "Bearer bad")).status, 403);
  const late = post(wires, {}, "Bearer bad");
  let answer: Response | undefined;
  void late.then((response) => answer = response);
  while (clock.size === 0) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(answer, undefined);
  clock.pass(2_250);
  const response = await late;
  assertEquals([response.status, response.headers.get("retry-after")], [429, "60"]);
});

Deno.test("publish() answers what the application refuses with 400", async () => {
  const { wires } = setUp();
  for (const [room, event] of [["deck", "error"], ["deck", ""], ["", "note"]]) {
    const response = await post(wires, { room, event });
    assertEquals([response.status, (await response.json()).code], [400, "INVALID_MESSAGE"]);
  }
  assertEquals(wires.errors, []);
});

Deno.test("hostile 99: publish() refuses __proto__", async () => {
  const { connection, wires } = setUp();
  const data = '{"__proto__":{"admin":true},"a":1}';
  const { status } = await post(wires, `{"user":"ada","event":"note","data":${data}}`);
  assertEquals([status, connection.take()], [400, []]);
});

Deno.test("publish() throws where there is no application", () => {
  const wires = [publish({ auth })];
  const options = { port: 0, hostname: "127.0.0.1", wires };
  assertThrows(() => serve(options), TypeError, "the server has no app");
});

Deno.test("publish() publishes data of any kind, bytes in it, and several arguments", async () => {
  const { connection, wires } = setUp();
  const fields = ["null", "9", '[{"$base64":"AQ=="}]', '{"$$base64":1}'].map((json) =>
    `"data":${json}`
  );
  for (const each of [...fields, '"args":[1,2]']) {
    await post(wires, `{"user":"ada","event":"b",${each}}`);
  }
  const sent = connection.take().map(({ type: _type, event, data, args, ...fields }) =>
    event === undefined ? fields : data ?? args ?? null
  );
  assertEquals(sent, [null, 9, [{ $base64: "AQ==" }], { $$base64: 1 }, [1, 2]]);
});

Deno.test("hostile 225: publish() refuses data that is given twice, and bytes that are none", async () => {
  const { connection, wires } = setUp();
  for (const fields of ['"data":1,"args":[]', '"args":5', '"data":{"$base64":"!"}']) {
    const response = await post(wires, `{"room":"deck","event":"b",${fields}}`);
    assertEquals([response.status, (await response.json()).code], [400, "INVALID_MESSAGE"]);
  }
  assertEquals(connection.take(), []);
});
