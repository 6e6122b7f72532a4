/** The flags of both servers for load tests. */

import type { ServeOptions } from "@hawser/ws";
import { listenFlags } from "../../examples/listen.ts";

/** Flags for `readFlags`. */
export const loadFlags = {
  ...listenFlags,
  compress: { type: "boolean", help: "Accept permessage-deflate, with context takeover" },
  "compress-threshold": {
    type: "number",
    metavar: "BYTES",
    default: 256,
    help: "Smaller messages are sent uncompressed",
  },
  lent: { type: "boolean", help: "Lend binary messages to the handler" },
} as const;

/** The options that the flags stand for; messages may be as large as any load has them. */
export function loadOptions(
  flags: { compress: boolean; "compress-threshold": number; lent: boolean },
): ServeOptions {
  const options: ServeOptions = { maxMessageSize: 64 * 1024 * 1024 };
  if (flags.lent) options.binary = "lent";
  if (flags.compress) {
    options.compress = {
      threshold: flags["compress-threshold"],
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
    };
  }
  return options;
}
