/** Validation: nothing reaches a handler that its schema does not describe. */

import { App, EventError, serve } from "@hawser/ws";
import * as v from "valibot";
import { readFlags } from "./flags.ts";
import { listen, listenFlags } from "./listen.ts";

const flags = readFlags("A guest book that checks what it is sent, on any path.", listenFlags);

// Any Standard Schema will do: valibot here, zod or arktype just as well.
const entry = v.object({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(40)),
  email: v.pipe(v.string(), v.email("Must be an address")),
  stars: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
  tags: v.optional(v.pipe(v.array(v.string()), v.maxLength(3)), []),
});

interface ClientEvents {
  /** Clients send what goes into the schema: the tags may be left out. */
  sign: v.InferInput<typeof entry>;
  /** Without a schema, a handler must look at the data by itself. */
  find: unknown;
}

interface ServerEvents {
  signed: { name: string; stars: number };
}

const app = new App<ClientEvents, ServerEvents>();
const book: v.InferOutput<typeof entry>[] = [];

app.on("sign", entry, (client, { name, ...rest }) => {
  // The name is trimmed here, and the tags are an array.
  if (book.some((each) => each.name === name)) throw new EventError("TAKEN", `${name} was here`);
  book.push({ name, ...rest });
  client.broadcast.emit("signed", { name, stars: rest.stars });
  return { entries: book.length };
});

app.on("find", (_client, data) => {
  const found = v.safeParse(v.object({ tag: v.string() }), data);
  if (!found.success) throw new EventError("INVALID_MESSAGE", "Which tag?");
  return book.filter(({ tags }) => tags.includes(found.output.tag)).map(({ name }) => name);
});

await listen(flags, (address) => serve({ ...address, app }));
