/** The namespaces of an application, by name. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { inheritOptions, Namespaces } from "../../../server/app/namespaces.ts";
import type { PeerAcceptor } from "../../../server/app/peer.ts";
import type { RequestMaker } from "../../../server/types.ts";
import { jsonApplication } from "../../../server/wires/json/json.ts";
import { connect } from "../../support/clients.ts";

const info = { remoteAddress: "192.0.2.1", protocols: [] };

function requestFor(url: string): RequestMaker {
  return { url, makeRequest: () => new Request(url) };
}

function askFor(app: PeerAcceptor, path: string, options = { path: "/ws" }): Promise<unknown> {
  return jsonApplication(app, options).admit!(requestFor(`http://localhost${path}`), info);
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
    assertStrictEquals(app.of(name), app.namespace(name));
  }
  for (const name of ["", "admin", "/admin/", "//", "/a b", "/ä", "/a?b", "/a/..", "/."]) {
    assertThrows(() => app.of(name), TypeError, "Cannot use namespace");
  }
  for (const name of ["/toString", "__proto__", "/hasOwnProperty"]) {
    assertEquals(app.namespace(name), undefined);
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
  const parent = { auth, authTimeout: 5, maxRooms: 7, presence: {} };
  assertEquals(inheritOptions({}, parent), { auth, authTimeout: 5, maxRooms: 7 });
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
    authMode: "before",
    auth: {
      verify: (token) => Promise.resolve(token === "s3cr3t" ? { user: "ada" } : undefined),
    },
  });
  app.of("/open", { identify: () => "anybody" });
  app.of("/admin", { maxRooms: 1 });
  const refused = await askFor(app, "/ws/admin");
  assert(refused instanceof Response);
  assertEquals(refused.status, 401);
  assert(!(await askFor(app, "/ws/admin?token=s3cr3t") instanceof Response));
  assert(!(await askFor(app, "/ws/open") instanceof Response));
});

Deno.test("jsonApplication() answers 404 for paths and namespaces that do not exist", async () => {
  const app = new App();
  app.of("/admin");
  for (const path of ["/", "/w", "/ws//", "/ws/other", "/ws/admin/x", "/admin", "/ws/__proto__"]) {
    const answer = await askFor(app, path);
    assertEquals(answer instanceof Response && answer.status, 404, path);
  }
  assertEquals(await askFor(app, "/ws"), { namespace: "/" });
  assertEquals(await askFor(app, "/ws/admin"), { namespace: "/admin" });
});

Deno.test("jsonApplication() without a path leaves what is no namespace to the application", async () => {
  const app = new App();
  app.of("/admin");
  for (const path of ["/", "/any", "/admin"]) {
    const admission = await jsonApplication(app).admit!(requestFor(`http://a${path}`), info);
    assertEquals(admission, { namespace: path });
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

Deno.test("App.of() refuses fallback transports that the application does not have", () => {
  const error = "Cannot set fallback of a namespace";
  assertThrows(() => new App().of("/a", { fallback: true }), TypeError, error);
  const app = new App({ fallback: true });
  assertThrows(() => app.of("/a", { fallback: { ssePath: "/other" } }), TypeError, error);
  assertEquals(app.of("/a", { fallback: false }).http.fallback, undefined);
  assertEquals(app.of("/b").http.fallback, app.http.fallback);
});
