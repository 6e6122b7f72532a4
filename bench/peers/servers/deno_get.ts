/** Deno.serve with a handler that answers thirteen bytes. */

// deno-lint-ignore-file no-console -- this is a program

import { address } from "./deno_flags.ts";

Deno.serve({
  ...address,
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`),
}, () => new Response("Hello, World!"));
