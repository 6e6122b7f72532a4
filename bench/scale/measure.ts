/** One run: a fresh Redis with two nodes, the generator against them, the figures. */

import { startRedis } from "../peers/features/redis.ts";
import { roomDialects } from "../peers/loads.ts";
import { runProgram } from "../peers/machine/program.ts";
import { InvalidRunError } from "../peers/results/sample.ts";
import { startServer } from "../peers/machine/server_process.ts";
import type { Contender } from "./contenders.ts";
import type { Load } from "./loads.ts";
import { parseSample, type Sample } from "./sample.ts";

/** A contender with its packages in place. */
export interface ReadyContender extends Contender {
  /** Where they are. */
  readonly modules: string;
}

/** The settings that all runs share. */
export interface Bench {
  /** Path of the load generator. */
  readonly generator: string;
  /** Seconds to count. */
  readonly seconds: number;
}

/** The message; the generator fills in a number. */
const numbered = "@######## Casting off at noon";

/**
 * Measures once.
 *
 * @param contender The server.
 * @param load The load.
 * @param bench The settings that all runs share.
 * @returns The figures.
 * @throws {StartError | InvalidRunError} There are none.
 */
export async function measure(
  contender: ReadyContender,
  load: Load,
  { generator, seconds }: Bench,
): Promise<Sample> {
  await using redis = await startRedis();
  const options = {
    command: contender.command(`redis://127.0.0.1:${redis.port}`),
    modules: contender.modules,
    core: undefined,
  };
  await using one = await startServer(options);
  await using two = await startServer(options);
  const { path, hello, text } = roomDialects[contender.dialect];
  const { text: said } = JSON.parse(roomDialects.json.text);
  const end = await runProgram([
    generator,
    ...["--port", `${one.port}`, "--port", `${two.port}`],
    ...["--pid", `${one.pid}`, "--pid", `${two.pid}`, "--pid", `${redis.pid}`],
    ...["-c", `${load.members}`, "-n", `${load.speakers}`, "-p", `${load.inFlight}`],
    // A client of Socket.IO is let into the engine and into the namespace.
    ...["--greetings", contender.dialect === "socketio" ? "2" : "0"],
    ...["-d", `${seconds}`, "--path", path, "--hello", hello],
    ...["--text", text.replace(said, numbered)],
  ]);
  if (end?.success !== true) throw new InvalidRunError(`Generator: ${end?.stderr.trim()}`);
  return parseSample(end.stdout, 2 * load.members);
}
