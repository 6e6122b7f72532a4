/** Load test: what is POSTed goes to every event stream of an App's room. */

import { App, fallback, serve } from "@hawser/ws";
import { readFlags } from "../../examples/flags.ts";
import { listen } from "../../examples/listen.ts";
import { loadFlags, loadOptions } from "./load_flags.ts";

interface ServerEvents {
  say: { text: string };
}

const text = "Casting off at noon, tide permitting";
const flags = readFlags("Sends an event to all event streams at each POST.", loadFlags);

const app = new App<Record<never, never>, ServerEvents>({ rateLimit: false, connectRate: false });
app.onConnect((client) => {
  client.join("deck");
});

function say(): Response {
  app.to("deck").emit("say", { text });
  return new Response(null, { status: 204 });
}

await listen(
  flags,
  (address) => serve({ ...address, ...loadOptions(flags), app, wires: [fallback()], fetch: say }),
);
