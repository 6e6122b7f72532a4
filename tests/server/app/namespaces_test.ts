/** The namespaces of an application, by name. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { inheritOptions, Namespaces } from "../../../server/app/namespaces.ts";
import { acceptor, type Servable } from "../../../server/app/peer.ts";
import { json } from "../../../server/wires/json/json.ts";
import { connect } from "../../support/clients.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";
import { TestWires } from "../../support/wires.ts";

type NamedApps = Servable & { of(name: string): { readonly size: number } };

/** Asks as a client of the JSON wire does; returns the status, or the namespace that it is in. */
async function askFor(app: NamedApps, path: string, served: string | undefined = "/ws") {
  const names = ["/", "/admin", "/open", "/any"].filter((name) =>
    app[acceptor].hasNamespace!(name)
  );
  const sizes = () => names.map((name) => app.of(name).size);
  const before = sizes();
  const decision = await new TestWires(app, [json], { path: served }).upgrade(path);
  if (decision === undefined) return 404;
  if (decision instanceof Response) return decision.status;
  const connection = new MemoryConnection();
  decision.open?.(connection);
  const at = sizes().findIndex((size, index) => size > before[index]!);
  connection.end();
  return names[at];
}

Deno.test("App.of() makes a namespace once", () => {
  const app = new App();
  const admin = app.of("/admin");
  assertStrictEquals(app.of("/admin"), admin);
  assertStrictEquals(app.of("/"), app);
  assertStrictEquals(admin.of("/"), app);
  assertStrictEquals(admin.of("/other"), app.of("/other"));
  assertThrows(() => app.of("/admin", {}), TypeError, "exists already");
});

Deno.test("hostile 98: App.of() takes ordinary names, and refuses those that no URL holds", () => {
  const app = new App();
  for (const name of ["/__proto__", "/constructor", "/a/b", "/v1.0~x"]) {
    assertStrictEquals(app.of(name), app.of(name));
    assertEquals(app[acceptor].hasNamespace!(name), true);
  }
  for (const name of ["", "admin", "/admin/", "//", "/a b", "/ä", "/a?b", "/a/..", "/."]) {
    assertThrows(() => app.of(name), TypeError, "Cannot use namespace");
  }
  for (const name of ["/toString", "__proto__", "/hasOwnProperty"]) {
    assertEquals(app[acceptor].hasNamespace!(name), false);
  }
});

Deno.test("App.of() keeps clients, rooms, handlers and middleware apart", async () => {
  const app = new App();
  const admin = app.of("/admin");
  const trace: string[] = [];
  app.use(async (_context, next) => {
    trace.push("middleware");
    await next();
  });
  app.on("note", () => void trace.push("main"));
  admin.on("note", () => void trace.push("admin"));
  const [guest, staff] = [connect(app), connect(admin)];
  app.client(guest.id)?.join("deck");
  admin.client(staff.id)?.join("deck");
  admin.to("deck").emit("call", {});
  app.emit("all", {});
  assertEquals(staff.connection.take().map(({ type }) => type), ["call"]);
  assertEquals(guest.connection.take().map(({ type }) => type), ["all"]);
  await staff.connection.receiveJson({ type: "note" });
  await guest.connection.receiveJson({ type: "note" });
  assertEquals(trace, ["admin", "middleware", "main"]);
  assertEquals([app.size, admin.size, app.client(staff.id)], [1, 1, undefined]);
});

Deno.test("App.of() takes over who clients are, unless the namespace says it", () => {
  const auth = { verify: () => Promise.resolve(undefined) };
  const parent = { auth, maxRooms: 7, presence: {} };
  assertEquals(inheritOptions({}, parent), { auth, maxRooms: 7 });
  const identify = () => "staff";
  assertEquals<object>(inheritOptions({ identify }, parent), { maxRooms: 7, identify });
  const own = { auth, maxRooms: 1, rooms: { history: { size: 5 } } };
  assertEquals<object>(inheritOptions(own, parent), own);
});

Deno.test("App.of() takes over who may join rooms, and no history", () => {
  const join = () => undefined;
  const history = { size: 5 };
  assertEquals(inheritOptions({}, { rooms: { join, history } }), {
    rooms: { join, history: undefined },
  });
  assertEquals(inheritOptions({}, { rooms: join }), { rooms: join });
  assertEquals(inheritOptions({ rooms: false }, { rooms: { join, history } }), { rooms: false });
});

Deno.test("App.of() asks for the same token as the application does", async () => {
  const app = new App({
    auth: {
      mode: "before",
      verify: (token) => Promise.resolve(token === "s3cr3t" ? { user: "ada" } : undefined),
    },
  });
  app.of("/open", { identify: () => "anybody" });
  app.of("/admin", { maxRooms: 1 });
  assertEquals(await askFor(app, "/ws/admin"), 401);
  assertEquals(await askFor(app, "/ws/admin?token=s3cr3t"), "/admin");
  assertEquals(await askFor(app, "/ws/open"), "/open");
});

Deno.test("json() answers 404 for paths and namespaces that do not exist", async () => {
  const app = new App();
  app.of("/admin");
  for (const path of ["/", "/w", "/ws//", "/ws/other", "/ws/admin/x", "/admin", "/ws/__proto__"]) {
    assertEquals(await askFor(app, path), 404, path);
  }
  assertEquals(await askFor(app, "/ws"), "/");
  assertEquals(await askFor(app, "/ws/admin"), "/admin");
});

Deno.test("json() without a path leaves what is no namespace to the application", async () => {
  const app = new App();
  app.of("/admin");
  for (const [path, name] of [["/", "/"], ["/any", "/"], ["/admin", "/admin"]] as const) {
    const wires = new TestWires(app, [json]);
    const decision = await wires.upgrade(path);
    assert(decision !== undefined && !(decision instanceof Response));
    const connection = new MemoryConnection();
    decision.open?.(connection);
    assertEquals(app.of(name).size, 1, path);
    connection.end();
  }
});

Deno.test("Namespaces.get() finds the application itself under a slash", () => {
  const namespaces = new Namespaces("main");
  namespaces.add("/admin", "admin");
  assertEquals(["/", "/admin", "", "admin"].map((name) => namespaces.get(name)), [
    "main",
    "admin",
    undefined,
    undefined,
  ]);
});

Deno.test("App.of() refuses options that are of serve now", () => {
  for (const name of ["fallback", "httpPublish"]) {
    assertThrows(() => new App({ [name]: false }), TypeError, `Cannot use option "${name}"`);
    assertThrows(
      () => new App().of("/a", { [name]: false }),
      TypeError,
      `Cannot use option "${name}"`,
    );
  }
});
