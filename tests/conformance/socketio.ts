/**
 * Servers of the public suites of Socket.IO, through public exports only. Usage:
 *
 *     deno run -A tests/conformance/socketio.ts --suite engine|socket|client|engine-client|control --port N
 *
 * `--parser msgpack` serves `client` by the package socket.io-msgpack-parser; with `--redis URL`
 * several servers of `control` are one cluster.
 */

import { App, EventError, serve, type Wire } from "@hawser/ws";
import type { Broker } from "@hawser/ws/redis";
import {
  engine,
  type EngineSocket,
  handshakeOf,
  socketio,
  type SocketIoOptions,
} from "@hawser/ws/socketio";
import { parseArgs } from "node:util";
import { makeControlApp } from "./socketio_control.ts";

/** Any application: the suites send whatever they like. */
// deno-lint-ignore no-explicit-any -- its events are those of JavaScript programs
type AnyApp = App<any, any>;

const byEveryone = { rateLimit: false } as const;

/** Times of the two protocol suites. */
const shortTimes = { pingInterval: 300, pingTimeout: 200 };

function makeEngine(): Wire {
  return engine(shortTimes, (socket) => {
    socket.on("message", (data) => void socket.send(data));
  });
}

function makeEngineClient(): Wire {
  return engine({
    pingInterval: 500,
    allowRequest: (request) => !new URL(request.url).searchParams.has("deny"),
    handshakeHeaders: () => [
      ["set-cookie", "1=1; Max-Age=86400"],
      ["set-cookie", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict"],
      ["set-cookie", "3=3; Max-Age=0"],
      ["set-cookie", `4=4; Expires=${new Date().toUTCString()}`],
    ],
  }, bounce);
}

function bounce(socket: EngineSocket): void {
  socket.send("hi");
  socket.on("message", (data, request) => {
    const isAsked = data === "sendHeaders";
    socket.send(isAsked ? JSON.stringify(Object.fromEntries(request.headers)) : data);
  });
}

function makeSocketApp(): AnyApp {
  const app: AnyApp = new App(byEveryone);
  for (const each of [app, app.of("/custom")] as AnyApp[]) {
    each.onConnect((client) => void client.emit("auth", client.auth ?? {}));
    each.on("message", (client, data) => void client.emit("message-back", data));
    each.on("message-with-ack", (_client, data) => data);
  }
  return app;
}

/** The server that the client's suite expects. */
function makeClientApp(): AnyApp {
  const app: AnyApp = new App(byEveryone);
  for (const name of ["/asd", "/valid", "/timeout_socket"]) app.of(name);
  const foo: AnyApp = app.of("/foo");
  foo.on("getId", (client) => client.id);
  const abc: AnyApp = app.of("/abc");
  abc.onConnect((client) => void client.emit("handshake", handshakeOf(client)));
  app.of("/no").guard(() => {
    throw new EventError("FORBIDDEN", "Auth failed (custom namespace)");
  });
  app.guard(({ request }) => {
    if (!new URL(request.url).searchParams.has("fail")) return;
    throw new EventError("FORBIDDEN", "Auth failed (main namespace)");
  });
  addAnswers(app);
  addEvents(app);
  addBytes(app);
  return app;
}

function addAnswers(app: AnyApp): void {
  app.on("echo", (_client, data) => data);
  app.on("getAckDate", () => new Date());
  app.on("getHandshake", (client) => handshakeOf(client));
  app.on("getId", (client) => client.id);
  app.on("ack", (client) => {
    void client.emitWithAck("ack", undefined).then((answer) => {
      const [a, b] = Array.isArray(answer) ? answer : [];
      if (a === 5 && b?.test) client.emit("got it", undefined);
    }, () => {}); // the client has gone
    // This event of the client is never acknowledged, as it has no handler.
    throw new EventError("UNKNOWN_EVENT", "Nobody acknowledges this");
  });
}

function addEvents(app: AnyApp): void {
  app.on("hi", (client) => void client.emit("hi", undefined));
  app.on("getDate", (client) => void client.emit("takeDate", new Date()));
  app.on("getDateObj", (client) => void client.emit("takeDateObj", { date: new Date() }));
  app.on("false", (client) => void client.emit("false", false));
  app.on("getUtf8", (client) => {
    for (const text of ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"]) {
      client.emit("takeUtf8", text);
    }
  });
}

function addBytes(app: AnyApp): void {
  app.on("doge", (client) => void client.emit("doge", new TextEncoder().encode("asdfasdf")));
  app.on("buffa", (client, data) => {
    if (data instanceof Uint8Array) client.emit("buffack", undefined);
  });
  app.on("jsonbuff", (client, data) => {
    if (data.message instanceof Uint8Array) client.emit("jsonbuff-ack", undefined);
  });
  let isFirst = false;
  app.on("abuff1", (_client, data) => void (isFirst = data instanceof Uint8Array));
  app.on("abuff2", (client) => {
    if (isFirst) client.emit("abuff2-ack", undefined);
  });
}

const delay = () => new Promise<boolean>((resolve) => setTimeout(resolve, 10, true));

/** Options for serving a suite. */
interface SuiteOptions {
  readonly redis: string | undefined;
  readonly parser: string | undefined;
}

async function makeParser(name: string | undefined): Promise<Pick<SocketIoOptions, "parser">> {
  if (name === undefined) return {};
  if (name !== "msgpack") throw new RangeError(`Cannot find parser "${name}": there is msgpack`);
  return { parser: await import("socket.io-msgpack-parser") };
}

async function makeBroker(url: string | undefined): Promise<Broker | undefined> {
  if (url === undefined) return undefined;
  const { redisBroker } = await import("@hawser/ws/redis");
  return redisBroker({ url });
}

/** The suites, and what each is served by. */
const suites = {
  engine: () => ({ wires: [makeEngine()], maxMessageSize: 1_000_000 }),
  "engine-client": () => ({ wires: [makeEngineClient()], maxMessageSize: 100 }),
  socket: () => ({
    app: makeSocketApp(),
    wires: [socketio({ ...shortTimes, connectTimeout: 1_000 })],
    maxMessageSize: 1_000_000,
  }),
  client: async ({ parser }: SuiteOptions) => ({
    app: makeClientApp(),
    wires: [
      socketio({
        pingInterval: 2_000,
        recovery: true,
        allowRequest: delay,
        ...await makeParser(parser),
      }),
    ],
    maxMessageSize: 1_000_000,
  }),
  control: async ({ redis }: SuiteOptions) => ({
    app: makeControlApp(await makeBroker(redis)),
    wires: [socketio({ pingInterval: 2_000, recovery: true })],
  }),
};

function notFound(): Response {
  return new Response("Not found\n", { status: 404 });
}

if (import.meta.main) {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { suite: text, port: text, redis: text, parser: text } });
  const { suite = "", port, redis, parser } = values;
  if (!Object.hasOwn(suites, suite)) {
    throw new RangeError(
      `Cannot find suite "${suite}": there are ${Object.keys(suites).join(", ")}`,
    );
  }
  // The cast: it has just been looked up.
  const made = await suites[suite as keyof typeof suites]({ redis, parser });
  serve({
    ...made,
    port: Number(port ?? 3000),
    hostname: "127.0.0.1",
    allowedOrigins: "*",
    fetch: notFound,
  });
}
