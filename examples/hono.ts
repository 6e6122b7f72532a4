/** Hono for HTTP and Hawser for WebSocket, on the same port. */

import { App, serve } from "@hawser/ws";
import { Hono } from "hono";
import { readFlags } from "./flags.ts";
import { listen, listenFlags } from "./listen.ts";

interface ServerEvents {
  order: { table: number; dish: string };
}

const flags = readFlags(
  "Orders come in by HTTP, the kitchen hears by WebSocket at /ws.",
  listenFlags,
);

const app = new App<object, ServerEvents>();
app.onConnect(async (client) => {
  await client.join("kitchen");
});

const hono = new Hono();
hono.get("/", (context) => context.text("POST /tables/7/orders with a dish"));
hono.get("/kitchen", (context) => context.json({ cooks: app.in("kitchen").count }));
hono.post("/tables/:table{[0-9]+}/orders", async (context) => {
  const dish = (await context.req.text()).trim();
  if (dish === "") return context.json({ error: "No dish" }, 400);
  const table = Number(context.req.param("table"));
  const { seq } = await app.publish("kitchen", "order", { table, dish });
  return context.json({ order: seq }, 201);
});

await listen(flags, (address) => serve({ ...address, path: "/ws", app, fetch: hono.fetch }));
