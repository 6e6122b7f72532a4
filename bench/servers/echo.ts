/** Load test: sends every message back. */

import { serve } from "@hawser/ws";
import { readFlags } from "../../examples/flags.ts";
import { listen } from "../../examples/listen.ts";
import { loadFlags, loadOptions } from "./load_flags.ts";

const flags = readFlags("Sends every message back.", loadFlags);

await listen(flags, (address) =>
  serve({ ...address, ...loadOptions(flags) }, (connection) => {
    connection.on("message", (data) => {
      if (connection.send(data) === "queued") return connection.drained();
    });
  }));
