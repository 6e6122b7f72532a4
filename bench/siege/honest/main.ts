/**
 * The honest clients as a process of their own. It prints a line when all are in, and one of figures
 * for each line that it reads; it ends with its input.
 */

// deno-lint-ignore-file no-console -- a program, and these lines are its result

import { parseFlags } from "../../../examples/flags.ts";
import { tokenOf } from "../../../tests/support/tokens.ts";
import type { Kind } from "../dialects.ts";
import { kinds } from "../dialects.ts";
import { encodeLine } from "../lines.ts";
import { Crowd } from "./crowd.ts";

const flags = {
  port: { type: "number", help: "Port of the server", default: 0 },
  kind: { type: "text", help: "What it does", choices: kinds, default: "echo" },
  clients: { type: "number", help: "How many clients", default: 50, max: 250 },
  guests: { type: "number", help: "Guests that come and go at first", default: 0, max: 5_000 },
  "newcomers-from": { type: "text", help: "Address of all newcomers" },
} as const;

const values = parseFlags(flags, { args: Deno.args, env: () => undefined });
if (values === "help") throw new TypeError("This program is started by deno task siege");

const kind: Kind = values.kind;
using crowd = await Crowd.start({
  port: values.port,
  kind,
  clients: values.clients,
  token: kind === "tokens" ? (name) => tokenOf(name, { name }) : undefined,
  newcomersFrom: values["newcomers-from"],
});
await crowd.warmUp(values.guests);
console.log(encodeLine("in"));
const commands = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const text of commands) {
  for (const _command of text.match(/\n/g) ?? []) console.log(encodeLine(crowd.takeFigures()));
}
Deno.exit(0);
