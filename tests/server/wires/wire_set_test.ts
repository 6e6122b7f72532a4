/** The wires of one server. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import type { Entry, Wire, WireHandler } from "../../../server/wires/wire.ts";
import { TestWires } from "../../support/wires.ts";

function wire(path: string, handler: Partial<WireHandler> = {}): Wire {
  return () => ({ owns: (pathname) => pathname === path, ...handler });
}

const greeting = (text: string) => ({ fetch: () => new Response(text) });

Deno.test("WireSet.fetch() asks the first wire that owns the path and answers requests", async () => {
  const wires = new TestWires(new App(), [
    wire("/a"),
    wire("/a", greeting("first")),
    wire("/a", greeting("second")),
    wire("/b", greeting("other")),
  ]);
  assertEquals(await (await wires.fetch("/a"))?.text(), "first");
  assertEquals(await (await wires.fetch("/b"))?.text(), "other");
  assertEquals(await wires.fetch("/c"), undefined);
});

Deno.test("hostile 286: WireSet.fetch() asks no wire about pages of other origins", async () => {
  let asked = 0;
  const wires = new TestWires(new App(), [
    wire("/a", { fetch: () => (asked++, new Response()) }),
  ]);
  for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
    const response = await wires.fetch("/a", { headers });
    assertEquals([response?.status, asked], [403, 0]);
    await response?.body?.cancel();
  }
  assertEquals(wires.notices.map(({ code }) => code), ["ORIGIN_REFUSED"]);
  const response = await wires.fetch("/a", { headers: { origin: "http://localhost" } });
  const fields = ["access-control-allow-origin", "access-control-allow-credentials", "vary"];
  const values = fields.map((name) => response?.headers.get(name));
  assertEquals([...values, asked], ["http://localhost", "true", "origin", 1]);
});

Deno.test("WireSet.fetch() adds the fields of the hook, though the response cannot be changed", async () => {
  const upgrade = () => ({ headers: { "x-node": "1", location: "/elsewhere" } });
  const wires = new TestWires(new App(), [
    wire("/a", {
      async fetch(asked) {
        await asked.enter();
        return Response.redirect("http://localhost/login");
      },
    }),
  ], { upgrade });
  const response = await wires.fetch("/a");
  const { headers } = response!;
  assertEquals([response?.status, headers.get("x-node"), headers.get("location")], [
    302,
    "1",
    "http://localhost/login",
  ]);
});

Deno.test("hostile 286: WireSet.decide() opens no connection of an entry that the server has not given", async () => {
  const open = () => {};
  let first: Entry | undefined;
  const forged = { ...new App() } as unknown as Entry;
  const wires = new TestWires(new App(), [
    wire("/forged", { upgrade: () => Promise.resolve({ entry: forged, open }) }),
    wire("/other", {
      async upgrade(asked) {
        const entry = await asked.enter();
        assert("admit" in entry);
        first ??= entry;
        return { entry: first, open };
      },
    }),
  ]);
  await assertRejects(() => wires.upgrade("/forged"), TypeError, "nobody has let it in");
  assert(!(await wires.upgrade("/other") instanceof Response));
  // A request that goes on with what an earlier one has begun has no entry of its own.
  assert(!(await wires.upgrade("/other") instanceof Response));
  assertEquals(await wires.upgrade("/none"), undefined);
});

Deno.test("WireSet.decide() hands the terms of a wire through", async () => {
  const open = () => {};
  const terms = { pings: false, reasons: false } as const;
  const wires = new TestWires(new App(), [
    wire("/a", {
      async upgrade(asked) {
        const entry = await asked.enter();
        if (!("admit" in entry)) return new Response(null, { status: 403 });
        return { entry, open, terms, headers: { "set-cookie": "io=1" } };
      },
    }),
  ], { upgrade: () => ({ data: 7 }) });
  const decision = await wires.upgrade("/a");
  assert(decision !== undefined && !(decision instanceof Response));
  assertEquals([decision.answer?.data, decision.terms, decision.headers], [7, terms, {
    "set-cookie": "io=1",
  }]);
  const refused = new TestWires(new App(), [
    wire("/a", { upgrade: () => Promise.resolve(new Response(null, { status: 418 })) }),
  ]);
  assertInstanceOf(await refused.upgrade("/a"), Response);
});
