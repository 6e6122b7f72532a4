/** The arguments of the servers on Deno: `KIND [--port N] [--cert FILE --key FILE]`. */

import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    port: { type: "string", default: "0" },
    cert: { type: "string" },
    key: { type: "string" },
  },
});

/** `echo` or `fanout`. */
export const kind: string | undefined = positionals[0];

/** Where to listen. */
export const address = { hostname: "127.0.0.1", port: Number(values.port) };

/** Certificate and key, where the server is to speak TLS. */
export const identity: { cert: string; key: string } | undefined =
  values.cert === undefined || values.key === undefined
    ? undefined
    : { cert: Deno.readTextFileSync(values.cert), key: Deno.readTextFileSync(values.key) };
