/**
 * The flood as a process of its own: it attacks one port of this machine for some seconds, prints
 * what it has done, and ends, and with it all its connections.
 */

// deno-lint-ignore-file no-console -- a program, and these lines are its result

import { parseFlags } from "../../examples/flags.ts";
import { kinds } from "./dialects.ts";
import { Attack, floods } from "./floods/mod.ts";
import { encodeLine } from "./lines.ts";

/** Counts of a flood. */
export interface AttackFigures {
  /** Messages, requests or connections, as the flood counts. */
  readonly units: number;
  /** How often the server has thrown a connection out, or not taken it. */
  readonly thrownOut: number;
}

const flags = {
  flood: { type: "text", help: "Which one", default: "", choices: floods.map(({ name }) => name) },
  port: { type: "number", help: "Port of the server", default: 0, max: 65_535 },
  kind: { type: "text", help: "What the server does", choices: kinds, default: "echo" },
  seconds: { type: "number", help: "How long", default: 5, max: 60 },
} as const;

function end(attack: Attack): never {
  const { units, thrownOut } = attack;
  console.log(encodeLine({ units, thrownOut } satisfies AttackFigures));
  Deno.exit(0);
}

if (import.meta.main) {
  const values = parseFlags(flags, { args: Deno.args, env: () => undefined });
  if (values === "help") throw new TypeError("This program is started by deno task siege");
  const attack = new Attack(values);
  const flood = floods.find(({ name }) => name === values.flood);
  setTimeout(() => end(attack), 1_000 * values.seconds);
  console.log(encodeLine("begun"));
  await flood?.run(attack);
  end(attack);
}
