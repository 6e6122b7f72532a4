/** Echoes every message with its type, on any path. */

import { serve, type ServeOptions } from "@hawser/ws";
import { readFlags, usageError } from "./flags.ts";
import { listen, listenFlags } from "./listen.ts";

const flags = readFlags("Echoes every message with its type, on any path.", {
  ...listenFlags,
  "max-message-size": { type: "number", metavar: "BYTES", help: "Largest message" },
  "max-fragments": { type: "number", metavar: "N", help: "Most fragments of one message" },
  compress: { type: "boolean", help: "Accept offers of permessage-deflate" },
  "compress-threshold": {
    type: "number",
    metavar: "BYTES",
    default: 256,
    help: "Smaller messages are sent uncompressed",
  },
  workers: { type: "number", metavar: "N", default: 1, help: "Threads that share the port" },
});

if (flags.workers > 1 && flags.port === 0) usageError("--workers needs a --port of its own");

const settings: ServeOptions = {};
if (flags.workers > 1) settings.loadBalanced = true;
if (flags.compress) settings.compress = { threshold: flags["compress-threshold"] };
if (flags["max-message-size"] !== undefined) settings.maxMessageSize = flags["max-message-size"];
if (flags["max-fragments"] !== undefined) settings.maxFragments = flags["max-fragments"];

await listen(flags, (address) =>
  serve({ ...address, ...settings }, (connection) => {
    connection.on("message", (data) => {
      // A peer that does not read is not read from either.
      if (connection.send(data) === "queued") return connection.drained();
    });
  }));

// Each further thread runs this module with the port that the first has found.
if (!("WorkerGlobalScope" in globalThis)) {
  for (let i = 1; i < flags.workers; i++) new Worker(import.meta.url, { type: "module" });
}
