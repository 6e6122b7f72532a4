/** Decides whether a namespace admits a client. */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import type { AuthOptions } from "../../../server/app/auth/auth.ts";
import {
  AdmissionControl,
  type Guard,
  type Visitor,
} from "../../../server/app/admission_control.ts";
import { EventError } from "../../../server/app/events/errors.ts";
import type { AppOptions } from "../../../server/app/options.ts";
import { acceptor } from "../../../server/app/peer.ts";
import type { Handshake } from "../../../server/types.ts";
import { openApp } from "../../support/clients.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";

const auth: AuthOptions<string> = {
  verify: (token) => Promise.resolve(token === "bad" ? undefined : { user: token }),
};

function handshake(query = "", more: Partial<Handshake> = {}): Handshake {
  const request = new Request(`http://localhost/ws${query}`);
  const info = { remoteAddress: "192.0.2.1", protocols: [] };
  return { request, ...info, namespace: "/", data: undefined, ...more };
}

function appWith(guard: Guard<string>, options: AppOptions<object, string> = { auth }) {
  return new App<object, object, string>(options as { auth: AuthOptions<string> }).guard(guard);
}

function refuse(): never {
  throw new EventError("FORBIDDEN", "Members only");
}

Deno.test("App.guard() is asked after sign-in, with what is known of the client", async () => {
  const visitors: Visitor<string>[] = [];
  const app = appWith((visitor) => void visitors.push(visitor));
  const auth = { deck: "upper" };
  await app[acceptor].admit!(handshake("?token=ada", { data: 7, auth }));
  const [{ user, data, remoteAddress, auth: presented, request }] = visitors as [Visitor<string>];
  assertEquals([user, data, remoteAddress, presented], ["ada", 7, "192.0.2.1", auth]);
  assertEquals(request.url, "http://localhost/ws?token=ada");
  const refused = await app[acceptor].admit!(handshake("?token=bad"));
  assertInstanceOf(refused, EventError);
  assertEquals([refused.code, visitors.length], ["UNAUTHORIZED", 1]);
});

Deno.test("App.guard() refuses by an EventError, at once or late", async () => {
  for (const guard of [refuse, () => Promise.resolve().then(refuse)]) {
    const app = appWith(guard);
    const refusal = await app[acceptor].admit!(handshake("?token=ada"));
    assertInstanceOf(refusal, EventError);
    assertEquals([refusal.code, refusal.message], ["FORBIDDEN", "Members only"]);
  }
});

Deno.test("App.guard() asks all guards in their order, until one refuses", async () => {
  const asked: number[] = [];
  const app = appWith(() => void asked.push(1));
  app.guard(() => (asked.push(2), refuse()));
  app.guard(() => void asked.push(3));
  await app[acceptor].admit!(handshake("?token=ada"));
  assertEquals(asked, [1, 2]);
});

Deno.test("App.guard() is asked about users whom identify has found, which runs once", async () => {
  let identified = 0;
  const identify = ({ data }: { data: unknown }) => `${data}${++identified}`;
  const users: string[] = [];
  const app = appWith(({ user }) => void users.push(user), { identify });
  const admission = await app[acceptor].admit!(handshake("", { data: "ada" }));
  assertEquals(admission instanceof EventError, false);
  const connection = new MemoryConnection({ data: "ada" });
  openApp(app, connection, admission as { grant: unknown });
  const [{ id }] = connection.take();
  assertEquals([users, app.client(id)?.user], [["ada1"], "ada1"]);
});

Deno.test("App.guard() is asked before auth_ok where a client signs in by a message", async () => {
  const users: string[] = [];
  const app = appWith(({ user }) => {
    users.push(user);
    if (user === "eve") refuse();
  });
  for (
    const [token, types, close] of [
      ["ada", ["welcome", "auth_ok"], undefined],
      ["eve", ["welcome"], { code: 1008, reason: "Members only" }],
    ] as const
  ) {
    const connection = new MemoryConnection();
    openApp(app, connection);
    await connection.receiveJson({ type: "auth", token });
    assertEquals(connection.take().map(({ type }) => type), [...types]);
    assertEquals(connection.closedWith, close);
    connection.end();
  }
  assertEquals(users, ["ada", "eve"]);
});

Deno.test("hostile 284: a guard that fails lets nobody in, and ends no process", async () => {
  const failures = [
    () => {
      throw new Error("Aground");
    },
    () => Promise.reject(new Error("Aground")),
  ];
  for (const guard of failures) {
    const errors: unknown[] = [];
    const app = appWith(guard, { auth, onError: (error) => void errors.push(String(error)) });
    await assertRejects(() => app[acceptor].admit!(handshake("?token=ada")), Error, "Aground");
    const connection = new MemoryConnection();
    openApp(app, connection);
    await connection.receiveJson({ type: "auth", token: "ada" });
    assertEquals(connection.closedWith, { code: 1011, reason: "Internal error" });
    assertEquals([errors, app.size], [["Error: Aground"], 0]);
  }
});

Deno.test("hostile 284: a client that goes while a guard is asked does not come in", async () => {
  const asked = Promise.withResolvers<void>();
  const app = appWith(() => asked.promise);
  const connection = new MemoryConnection();
  openApp(app, connection);
  const signedIn = connection.receiveJson({ type: "auth", token: "ada" });
  connection.end();
  asked.resolve();
  await signedIn;
  assertEquals([app.size, connection.take().length], [0, 1]);
});

Deno.test("AdmissionControl.connecting() passes on what the limit of connects says", () => {
  const open = new AdmissionControl({ gate: undefined, connects: undefined }, () => "anybody");
  assertEquals(open.connecting("192.0.2.1"), undefined);
});
