/** Who may publish by HTTP, and what comes of it. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { apiKeys } from "../../../server/app/auth/api_keys.ts";
import { EventError } from "../../../server/app/events/errors.ts";
import { HttpPublisher, type HttpPublishOptions } from "../../../server/app/http_publish.ts";
import { connect, ManualClock } from "../../support/clients.ts";

const context = { request: new Request("http://localhost/"), remoteAddress: "192.0.2.1" };

Deno.test("HttpPublisher.verify() asks the authenticator, and tells late who has failed too often", async () => {
  const clock = new ManualClock();
  const options = { auth: apiKeys(["k-1"]), maxFailedAuths: 2 };
  const publisher = new HttpPublisher(
    options,
    clock,
    () => Promise.resolve({ seq: 1, epoch: "e" }),
  );
  const verify = (key: string) => publisher.verify(key, context);
  assertEquals(await verify("k-1"), "accepted");
  assertEquals([await verify("k-2"), await verify("")], ["refused", "refused"]);
  const late = verify("");
  assertEquals(await verify("k-1"), "accepted");
  clock.pass(2_250);
  assertEquals(await late, "limited");
});

Deno.test("HttpPublisher.publish() reaches the room, and its stream", async () => {
  const app = new App({ httpPublish: { auth: apiKeys(["k-1"]) } });
  const { connection, id } = connect(app);
  await app.client(id)!.join("deck");
  const { publishing } = app.http;
  const { seq } = await publishing!.publish("deck", "note", { n: 1 });
  assertEquals([seq, connection.take()], [1, [{ type: "note", n: 1, stream: "deck", seq: 1 }]]);
});

Deno.test("HttpPublisher.publish() refuses names that are not allowed", async () => {
  const app = new App({ httpPublish: { auth: apiKeys(["k-1"]) } });
  const { publishing } = app.http;
  const publish = async (room: string, event: string) => {
    await publishing!.publish(room, event, {});
  };
  for (const [room, event] of [["deck", "error"], ["deck", ""], ["", "note"]] as const) {
    const error = await assertRejects(() => publish(room, event), EventError);
    assertEquals(error.code, "INVALID_MESSAGE");
  }
});

Deno.test("HttpPublisher() throws where it could not work", () => {
  const clock = new ManualClock();
  const auth = apiKeys(["k-1"]);
  const make = (options: HttpPublishOptions) =>
    new HttpPublisher(options, clock, () => Promise.resolve({ seq: 1, epoch: "e" }));
  assertEquals(make({ auth }).path, "/api/publish");
  assertThrows(() => make({ auth, path: "publish" }), TypeError, "path");
  assertThrows(() => make({ auth: {} as typeof auth }), TypeError, "auth");
  assertThrows(() => make({} as HttpPublishOptions), TypeError, "auth");
  assertThrows(() => make({ auth, maxFailedAuths: -1 }), RangeError, "maxFailedAuths");
});
