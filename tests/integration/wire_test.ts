/** A wire of a user's own: lines of text over WebSocket, written against the public exports alone. */

import { assert, assertEquals } from "@std/assert";
import { App, EventError, serve, type ServeOptions } from "@hawser/ws";
import { type Peer, refusalResponse, type Session, type Wire } from "@hawser/ws/wire";
import { connect } from "@hawser/ws/client";
import { upgradeFields } from "../support/heads.ts";

// ----- The wire, as a user writes it -----

/** `NAME JSON` is an event, in both directions; `#ID NAME JSON` wants the answer `#ID JSON`. */
const lines: Wire = () => ({
  owns: (pathname) => pathname === "/lines",
  async upgrade(asked) {
    const entry = await asked.enter();
    if (entry instanceof Response || entry instanceof EventError) return refusalResponse(entry);
    const token = new URL(asked.url).searchParams.get("key");
    const admitted = await entry.admit("/", { token });
    if (admitted instanceof EventError) return new Response(`- ${admitted.code}`, { status: 403 });
    return {
      entry,
      headers: { "set-cookie": "line=1" },
      terms: { pings: false, reasons: false },
      open(connection) {
        const send = (...parts: unknown[]) => connection.send(parts.join(" "));
        const peer: Peer = {
          request: entry.request,
          remoteAddress: entry.remoteAddress,
          data: entry.data,
          auth: { token },
          get bufferedAmount() {
            return connection.bufferedAmount;
          },
          congested: false,
          welcome: ({ id }) => send("welcome", id),
          authenticated: () => send("signed-in"),
          send: ({ event, data }) => send(event, JSON.stringify(data)),
          answer: (id, answer) => send(`#${id}`, JSON.stringify(answer)),
          refuse: ({ code }) => send("-", code),
          joined: (room) => send("joined", room),
          left: (room) => send("left", room),
          drained: () => connection.drained(),
          close: (code, reason) => connection.close(code, reason),
          terminate: () => connection.terminate(),
        };
        const session: Session = admitted.accept(peer);
        connection.on("message", (text) => {
          const [, ackId, event = "", json = "null"] =
            /^(?:#(\S+) )?(\S+)(?: (.*))?$/.exec(`${text}`) ?? [];
          const data = JSON.parse(json);
          return session.event(ackId === undefined ? { event, data } : { event, data, ackId });
        });
        connection.on("close", (close) => session.closed(close));
        session.open();
      },
    };
  },
});

// ----- What it shows -----

/** Lines of a socket. */
async function open(url: string): Promise<{ socket: WebSocket; next: () => Promise<string> }> {
  const socket = new WebSocket(url);
  const waiting: string[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    waiting.push(data);
    wake();
  };
  await new Promise((resolve) => socket.onopen = socket.onclose = resolve);
  async function next(): Promise<string> {
    while (waiting.length === 0) await new Promise<void>((resolve) => wake = resolve);
    return waiting.shift()!;
  }
  return { socket, next };
}

const local: ServeOptions = { port: 0, hostname: "127.0.0.1", path: "/ws", onListen() {} };

Deno.test("a wire of a user's own meets the clients of the JSON wire in the same room", async () => {
  const app = new App({ auth: { verify: (token) => Promise.resolve({ user: token }) } });
  app.onConnect(async (client) => void await client.join("deck"));
  app.on("say", (client, text) => void client.to("deck").emit("said", { text, by: client.user }));
  app.on("twice", (_client, n) => 2 * Number(n));
  app.on("auth:key", (client) => client.auth);
  await using server = serve({ ...local, app, wires: [lines] });
  const address = `ws://127.0.0.1:${server.addr.port}`;
  const { socket, next } = await open(`${address}/lines?key=ada`);
  assert((await next()).startsWith("welcome "));
  assertEquals(await next(), "signed-in");
  socket.send("#1 twice 21");
  assertEquals(await next(), '#1 {"data":42}');
  socket.send("#2 auth:key");
  assertEquals(await next(), '#2 {"data":{"token":"ada"}}');
  socket.send("nothing");
  assertEquals(await next(), "- UNKNOWN_EVENT");

  await using bob = connect(`${address}/ws`, { token: "bob" });
  const heard = new Promise((resolve) => bob.on("said", resolve));
  await bob.ready();
  socket.send('say "Ahoy"');
  assertEquals(await heard, { text: "Ahoy", by: "ada" });
  bob.emit("say", "Hello");
  assertEquals(await next(), 'said {"text":"Hello","by":"bob"}');

  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  for (const client of app.broadcast.clients()) {
    if (client.user === "ada") client.close(4000, "Moored");
  }
  const { code, reason } = await closed;
  assertEquals([code, reason], [4000, ""], "its terms send no reason");
});

Deno.test("hostile 286: a wire of a user's own lets nobody in past host, origin, hook and guard", async () => {
  const app = new App({ auth: { verify: (token) => Promise.resolve({ user: token }) } });
  app.guard(({ user }) => {
    if (user === "eve") throw new EventError("FORBIDDEN", "No");
  });
  let hooks = 0;
  await using server = serve({
    ...local,
    app,
    wires: [lines],
    allowedHosts: ["127.0.0.1"],
    upgrade(request) {
      hooks++;
      const isKnown = request.headers.get("x-ticket") === "t1";
      return isKnown ? { data: "ticket", headers: { "x-node": "1" } } : new Response("No ticket", {
        status: 401,
      });
    },
  });
  async function ask(
    key: string,
    fields: Record<string, string>,
    host = "127.0.0.1",
  ): Promise<[status: number, cookie: string, node: string]> {
    const sent = upgradeFields.filter(([name]) => name !== "Host");
    const headers = { ...Object.fromEntries(sent), ...fields };
    const url = `http://${host}:${server.addr.port}/lines?key=${key}`;
    const response = await fetch(url, { headers });
    const cookie = response.headers.get("set-cookie") ?? "";
    const node = response.headers.get("x-node") ?? "";
    await response.body?.cancel();
    return [response.status, cookie, node];
  }
  const ticket = { "x-ticket": "t1" };
  assertEquals(await ask("ada", ticket, "localhost"), [421, "", ""]);
  assertEquals(await ask("ada", { ...ticket, origin: "https://evil.example" }), [403, "", ""]);
  assertEquals(hooks, 0);
  assertEquals(await ask("ada", {}), [401, "", ""]);
  assertEquals(await ask("eve", ticket), [403, "", ""]);
  assertEquals([app.size, hooks], [0, 2]);
});

Deno.test("a wire's connection gets the headers of the wire and of the hook, and no pings", async () => {
  const app = new App({ auth: { verify: (token) => Promise.resolve({ user: token }) } });
  const upgrade = () => ({ headers: { "x-node": "1" } });
  await using server = serve({ ...local, app, wires: [lines], upgrade, pingInterval: 5 });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const head = upgradeFields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await conn.write(new TextEncoder().encode(`GET /lines?key=ada HTTP/1.1\r\n${head}\r\n`));
  let text = "";
  const buffer = new Uint8Array(4_096);
  while (!text.includes("signed-in")) {
    const size = await conn.read(buffer);
    text += new TextDecoder("latin1").decode(buffer.subarray(0, size ?? 0));
  }
  assert(/\r\nset-cookie: line=1\r\n/i.test(text) && /\r\nx-node: 1\r\n/i.test(text), text);
  const { clients } = server.stats().app["/"]!;
  assertEquals(clients, 1);
  // A ping of another connection comes within 5 ms; then there was time for one here.
  const pinged = Promise.withResolvers<void>();
  await using other = serve({ ...local, pingInterval: 5 }, (connection) => {
    connection.on("pong", () => pinged.resolve());
  });
  const { socket } = await open(`ws://127.0.0.1:${other.addr.port}/ws`);
  await pinged.promise;
  socket.close();
  assertEquals(server.stats().connections.messagesOut, 2);
  assert(!text.includes("\x89"));
});
