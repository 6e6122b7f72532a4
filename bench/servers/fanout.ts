/** Load test: sends every message to every connection, the sender too. */

import { serve } from "@hawser/ws";
import { readFlags } from "../../examples/flags.ts";
import { listen } from "../../examples/listen.ts";
import { loadFlags, loadOptions } from "./load_flags.ts";

const flags = readFlags("Sends every message to every connection.", loadFlags);

await listen(flags, (address) => {
  const server = serve({ ...address, ...loadOptions(flags) }, (connection) => {
    connection.on("message", (data) => server.broadcast(data));
  });
  return server;
});
