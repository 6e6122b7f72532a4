/** Tests of server/server_wires.ts. */

import { assert, assertEquals, assertInstanceOf, assertRejects, fail } from "@std/assert";
import { App, EventError } from "../../mod.ts";
import type { ServeOptions } from "../../server/options.ts";
import { resolveOptions } from "../../server/resolved_options.ts";
import { deciderOf, makeWires } from "../../server/server_wires.ts";
import { MemoryBudget } from "../../server/net/memory_budget.ts";
import type { Wire, WireContext } from "../../server/wires/wire.ts";
import type { WireSet } from "../../server/wires/wire_set.ts";

function partsOf() {
  return { memory: new MemoryBudget(1_000_000, () => 0), log: undefined, notify() {} };
}

function wiresOf(options: ServeOptions): WireSet {
  return makeWires(resolveOptions(options), partsOf());
}

async function statusAt(wires: WireSet, path: string): Promise<number | undefined> {
  const url = `http://localhost${path}`;
  const asked = { url, makeRequest: () => new Request(url) };
  const decision = await deciderOf(wires, false)?.(asked, {
    remoteAddress: "192.0.2.1",
    protocols: [],
  });
  return decision instanceof Response ? decision.status : undefined;
}

Deno.test("makeWires() adds JSON where there is an application, behind all others", () => {
  assertEquals(wiresOf({}).upgrades, false);
  const wires = wiresOf({ app: new App(), path: "/ws" });
  assertEquals([wires.upgrades, wires.upgradesAt("/ws")], [true, true]);
  const mine: Wire = () => ({ owns: () => true, upgrade: () => Promise.resolve(new Response()) });
  assertEquals(wiresOf({ wires: [mine] }).upgradesAt("/any"), true);
});

Deno.test("makeWires() shows a wire its application, the path and the limits", async () => {
  const contexts: WireContext[] = [];
  const wire: Wire = (context) => {
    contexts.push(context);
    return { owns: () => false };
  };
  const app = new App({ rooms: { history: { size: 5 } } });
  wiresOf({ app, wires: [wire], path: "/ws", maxMessageSize: 77 });
  wiresOf({ wires: [wire] });
  const [served, bare] = contexts;
  assertEquals([served?.path, served?.maxMessageSize, bare?.app], ["/ws", 77, undefined]);
  assertEquals([served?.app?.hasNamespace("/"), served?.app?.hasNamespace("/no")], [true, false]);
  const published = await served?.app?.publish("deck", "note", {});
  assertEquals(published?.seq, 1);
});

Deno.test("makeWires() refuses to publish where the application cannot", async () => {
  const contexts: WireContext[] = [];
  const wire: Wire = (context) => {
    contexts.push(context);
    return { owns: () => false };
  };
  const bare = { accept: () => fail("Nobody comes") };
  makeWires({ ...resolveOptions({ wires: [wire] }), app: bare }, partsOf());
  const error = await assertRejects(() => contexts[0]!.app!.publish("deck", "note", {}));
  assertInstanceOf(error, EventError);
  assertEquals(error.code, "UNAVAILABLE");
});

Deno.test("deciderOf() answers 404 for what no wire and no handler takes", async () => {
  assertEquals(await statusAt(wiresOf({ app: new App(), path: "/ws" }), "/other"), 404);
  assertEquals(deciderOf(wiresOf({}), true), undefined);
});

Deno.test("makeWires() gives sessions ids that begin with sessionPrefix, each another one", () => {
  let context: WireContext | undefined;
  const wire: Wire = (given) => {
    context = given;
    return { owns: () => false };
  };
  wiresOf({ sessionPrefix: "a.", wires: [wire] });
  const [one, two] = [context!.newSessionId(), context!.newSessionId()];
  assert(/^a\.[0-9a-f-]{36}$/.test(one) && one !== two, `${one} ${two}`);
});
