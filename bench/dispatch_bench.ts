/** The cost of an event from its text to its handler, against a table of functions. */

import * as v from "valibot";
import { App } from "../server/app/app.ts";
import { Dispatcher, validated } from "../server/app/events/dispatcher.ts";
import { Sink } from "./sink.ts";
import { openApp } from "../tests/support/clients.ts";

interface Note {
  text: string;
}

const note: Note = { text: "Cast off at noon" };
const schema = v.object({ text: v.pipe(v.string(), v.maxLength(1000)) });
let seen = 0;

function handle(_client: unknown, { text }: Note): void {
  seen += text.length;
}

// ----- The dispatcher alone -----

const table = new Map([["note", handle]]);
const client = {};

const plain = new Dispatcher<object>();
plain.on("note", (client, data) => handle(client, data as Note));

const checked = new Dispatcher<object>();
checked.on("note", validated(schema, handle));

const around = new Dispatcher<object>();
around.on("note", (client, data) => handle(client, data as Note));
around.use(async (_context, next) => await next());

Deno.bench("Dispatcher", { group: "dispatch", baseline: true }, () => {
  plain.run(client, "note", note);
});

Deno.bench("Dispatcher, valibot schema", { group: "dispatch" }, () => {
  checked.run(client, "note", note);
});

Deno.bench("Dispatcher, one middleware", { group: "dispatch" }, async () => {
  await around.run(client, "note", note);
});

Deno.bench("Map of functions", { group: "dispatch" }, () => {
  table.get("note")?.(client, note);
});

// ----- From text to handler -----

const text = JSON.stringify({ type: "note", ...note });
const app = new App<{ note: Note }>({ rateLimit: false });
app.on("note", handle);
const limited = new App<{ note: Note }>({ rateLimit: { perSecond: 1e9 } });
limited.on("note", handle);

const connection = open(app);
const limitedConnection = open(limited);

function open(app: App<{ note: Note }>): Sink {
  const connection = new Sink();
  openApp(app, connection);
  return connection;
}

Deno.bench("App", { group: "text to handler", baseline: true }, () => {
  connection.receiveAtOnce(text);
});

Deno.bench("App with a rate limit", { group: "text to handler" }, () => {
  limitedConnection.receiveAtOnce(text);
});

Deno.bench("JSON.parse and a Map of functions", { group: "text to handler" }, () => {
  const { type, ...data } = JSON.parse(text);
  table.get(type)?.(client, data);
});
