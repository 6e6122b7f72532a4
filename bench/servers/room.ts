/** Load test: one room of an App; what a member says goes to all of them, the sender too. */

import { App, serve } from "@hawser/ws";
import { readFlags } from "../../examples/flags.ts";
import { listen } from "../../examples/listen.ts";
import { loadFlags, loadOptions } from "./load_flags.ts";

interface ServerEvents {
  say: { text: string };
}

interface ClientEvents extends ServerEvents {
  enter: unknown;
}

const flags = readFlags("Sends what a member of the room says to all members.", loadFlags);

const app = new App<ClientEvents, ServerEvents>({ rateLimit: false });
app.on("enter", (client) => {
  client.join("deck");
});
app.on("say", (_client, { text }) => {
  app.to("deck").emit("say", { text });
});

await listen(flags, (address) => serve({ ...address, ...loadOptions(flags), app }));
