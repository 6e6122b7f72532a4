/**
 * Feeds random and mutated bytes into everything that reads what a peer sends. Only documented
 * outcomes pass. Usage:
 *
 *     deno task fuzz --seconds N [--seed S] [--target NAME]
 *     deno task fuzz --target NAME --input HEX
 */

import { parseArgs } from "node:util";
import { hex, random, toHex } from "../support/splits.ts";
import { listTarget, requestTarget, responseTarget } from "./handshake_targets.ts";
import { inflateTarget } from "./inflate_target.ts";
import { protocolTarget } from "./protocol_target.ts";
import { attachmentTarget, packetTarget, payloadTarget } from "./socketio_targets.ts";
import type { Target } from "./target.ts";

const takeover = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

/** All targets. */
export const targets: readonly Target[] = [
  protocolTarget("server"),
  protocolTarget("client"),
  protocolTarget("server", takeover),
  protocolTarget("client", { ...takeover, serverNoContextTakeover: true, serverMaxWindowBits: 9 }),
  requestTarget,
  responseTarget,
  listTarget,
  inflateTarget,
  payloadTarget,
  packetTarget,
  attachmentTarget,
];

/** An input that came to an undocumented end. */
export interface Failure {
  readonly target: string;
  readonly seed: number;
  readonly input: Uint8Array;
  readonly error: unknown;
}

/**
 * Gives each target one input after the other.
 *
 * @param chosen The targets.
 * @param seed Decides all inputs.
 * @param mayGoOn Asked before each round with the number of rounds that are done.
 * @returns The first failure, or `undefined`.
 */
export function fuzz(
  chosen: readonly Target[],
  seed: number,
  mayGoOn: (rounds: number) => boolean,
): Failure | undefined {
  const next = random(seed);
  for (let rounds = 0; mayGoOn(rounds); rounds++) {
    for (const target of chosen) {
      const input = target.makeInput(next);
      const error = runOnce(target, input);
      if (error !== undefined) return { target: target.name, seed, input, error };
    }
  }
  return undefined;
}

/** Runs one input. Where it is cut follows from its bytes, so the input alone repeats a failure. */
export function runOnce(target: Target, input: Uint8Array): unknown {
  const sum = input.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 17);
  try {
    target.run(input.slice(), random(sum));
    return undefined;
  } catch (error) {
    return error ?? new Error("Nothing was thrown as an error");
  }
}

/** How a failure is shown and repeated. */
export function explain({ target, seed, input, error }: Failure): string {
  return [
    `Target ${target}, seed ${seed}:`,
    error instanceof Error ? error.stack : String(error),
    `deno task fuzz --target ${target} --input ${toHex(input)}`,
  ].join("\n");
}

function chooseTargets(name: string | undefined): readonly Target[] {
  const chosen = targets.filter((target) => name === undefined || target.name === name);
  if (chosen.length > 0) return chosen;
  const names = targets.map((target) => target.name).join(", ");
  throw new RangeError(`Cannot find target "${name}": there are ${names}`);
}

function main(): Failure | undefined {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "10" },
      seed: { type: "string" },
      target: { type: "string" },
      input: { type: "string" },
    },
  });
  const chosen = chooseTargets(values.target);
  if (values.input !== undefined) {
    const input = hex(values.input);
    const failed = chosen.find((target) => runOnce(target, input) !== undefined);
    return failed && { target: failed.name, seed: 0, input, error: runOnce(failed, input) };
  }
  const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
  return fuzz(chosen, seed, makeClock(Number(values.seconds), seed, chosen.length));
}

/** Ends after some seconds, and reports every ten. */
function makeClock(seconds: number, seed: number, width: number): (rounds: number) => boolean {
  const start = performance.now();
  let reported = 0;
  return (rounds) => {
    const elapsed = (performance.now() - start) / 1000;
    const isOver = elapsed >= seconds;
    if (isOver || elapsed >= reported + 10) {
      reported = elapsed;
      // deno-lint-ignore no-console -- progress of a program on the command line
      console.error(`${Math.floor(elapsed)} s, seed ${seed}: ${rounds * width} inputs`);
    }
    return !isOver;
  };
}

if (import.meta.main) {
  const failure = main();
  if (failure !== undefined) {
    // deno-lint-ignore no-console -- the result of a program on the command line
    console.error(explain(failure));
    Deno.exit(1);
  }
}
