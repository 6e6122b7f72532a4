/** The one way to an application. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { EventError } from "../../../server/app/events/errors.ts";
import { acceptor } from "../../../server/app/peer.ts";
import { type EntryContext, ServerEntry, ServerRequest } from "../../../server/wires/entry.ts";
import type { Entry } from "../../../server/wires/wire.ts";

const info = { remoteAddress: "192.0.2.1", protocols: ["chat"] };

function ask(context: Partial<EntryContext>, method = "GET") {
  let made = 0;
  const init = { method, headers: { "x-a": "1" }, ...method === "POST" && { body: "text" } };
  const maker = {
    url: "http://localhost/sse?a=1",
    makeRequest: () => (made++, new Request("http://localhost/sse?a=1", init)),
  };
  const asked = new ServerRequest(maker, info, {
    app: undefined,
    upgrade: undefined,
    ...context,
  });
  return { asked, made: () => made };
}

Deno.test("ServerRequest.enter() asks the hook, and hands its data through", async () => {
  const seen: unknown[] = [];
  const { asked } = ask({
    upgrade: (request, info) => {
      seen.push(request.url, info);
      return { data: "ada", headers: { "x-node": "1" } };
    },
  });
  const entry = await asked.enter();
  assertInstanceOf(entry, ServerEntry);
  assertEquals([entry.data, entry.remoteAddress, entry.protocols], ["ada", "192.0.2.1", ["chat"]]);
  assertEquals(seen, ["http://localhost/sse?a=1", info]);
  assert(asked.entry === entry);
});

Deno.test("ServerRequest.enter() shows the hook another path with the same fields, and leaves the body", async () => {
  const seen: string[] = [];
  const { asked } = ask({
    upgrade: (request) =>
      void seen.push(request.url, `${request.headers.get("x-a")}`, request.method),
  }, "POST");
  await asked.enter({ pathname: "/ws/admin" });
  assertEquals(seen, ["http://localhost/ws/admin?a=1", "1", "GET"]);
  assertEquals(await asked.request.text(), "text");
});

Deno.test("ServerRequest.enter() gives no entry where the hook refuses or fails", async () => {
  const refused = ask({ upgrade: () => new Response("No", { status: 401 }) }).asked;
  assertInstanceOf(await refused.enter(), Response);
  const failed = ask({ upgrade: () => Promise.reject(new Error("Aground")) }).asked;
  await assertRejects(() => failed.enter(), Error, "Aground");
  assertEquals([refused.entry, failed.entry], [undefined, undefined]);
});

Deno.test("hostile 286: ServerRequest.enter() counts a connect before it asks the hook", async () => {
  let hooks = 0;
  const app = new App({ connectRate: { perSecond: 0.01, burst: 1 } })[acceptor];
  const upgrade = () => void hooks++;
  await ask({ app, upgrade }).asked.enter();
  const refusal = await ask({ app, upgrade }).asked.enter();
  assertEquals([refusal instanceof EventError && refusal.code, hooks], ["RATE_LIMITED", 1]);
});

Deno.test("Entry.admit() takes a client to its namespace, and makes no request where nobody reads it", async () => {
  const app = new App();
  const { asked, made } = ask({ app: app[acceptor] });
  const entry = await asked.enter() as Entry;
  const admitted = await entry.admit("/");
  assert(!(admitted instanceof EventError));
  assertEquals(made(), 0);
  const unknown = await entry.admit("/none");
  assertEquals(unknown instanceof EventError && unknown.code, "FORBIDDEN");
});

Deno.test("Entry.admit() presents what the client has presented", async () => {
  const auth = { verify: (token: string) => Promise.resolve({ user: token }) };
  const app = new App<object, object, string>({ auth });
  const users: unknown[] = [];
  app.guard((visitor) => void users.push(visitor.user, visitor.auth));
  const entry = await ask({ app: app[acceptor] }).asked.enter() as Entry;
  await entry.admit("/", { token: "ada", deck: 2 });
  assertEquals(users, ["ada", { token: "ada", deck: 2 }]);
});

Deno.test("Entry.admit() refuses where there is no application", async () => {
  const entry = await ask({}).asked.enter() as Entry;
  const refusal = await entry.admit("/");
  assertEquals(refusal instanceof EventError && refusal.code, "UNAVAILABLE");
});
