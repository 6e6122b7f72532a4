/** Gets what a comparison needs into a folder that git ignores: npm packages and the generator. */

import { runProgram } from "./program.ts";

/** Where everything goes, seen from the root of the project. */
export const cacheFolder = "bench/peers/.cache";

const generatorSource = "bench/peers/wsload.c";

/** Something cannot be had; the message says what to do. */
export class MissingError extends Error {
  override readonly name = "MissingError";
}

/**
 * Installs npm packages, once.
 *
 * @param name Names their folder.
 * @param packages Names with versions.
 * @returns The folder in which they are.
 * @throws {MissingError} npm is missing or fails.
 */
export async function installPackages(name: string, packages: readonly string[]): Promise<string> {
  const folder = `${cacheFolder}/${name}`;
  const modules = await absolute(`${folder}/node_modules`);
  // The requested version is written last, beside it: a half-finished folder is installed again.
  const stamp = `${folder}/installed.txt`;
  if (packages.length === 0 || await readIfExists(stamp) === packages.join("\n")) return modules;
  await Deno.mkdir(folder, { recursive: true });
  // npm installs into the nearest folder above that has a package.json.
  await Deno.writeTextFile(`${folder}/package.json`, "{}\n");
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await run(["npm", "install", "--prefix", folder, ...flags, ...packages], "install Node and npm");
  await Deno.writeTextFile(stamp, packages.join("\n"));
  return modules;
}

/** The generator, ready to run. */
export interface Generator {
  /** Path of the program. */
  readonly path: string;
  /** Whether it can speak TLS and permessage-deflate. */
  readonly full: boolean;
}

/**
 * Builds the generator, again whenever its source is newer.
 *
 * @returns The generator; a plain one where the headers of OpenSSL or zlib are missing.
 * @throws {MissingError} gcc is missing, or this is not Linux.
 */
export async function buildGenerator(): Promise<Generator> {
  try {
    const flags = ["-DFULL", "-lz", "-lssl", "-lcrypto"];
    return { path: await buildProgram("wsload", generatorSource, flags), full: true };
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    return { path: await buildProgram("wsload-plain", generatorSource), full: false };
  }
}

/**
 * Builds a program in C, again whenever its source is newer.
 *
 * @param name Names the program.
 * @param source Its one file.
 * @param flags Further flags of gcc.
 * @returns Path of the program.
 * @throws {MissingError} gcc or what it needs is missing, or this is not Linux.
 */
export async function buildProgram(
  name: string,
  source: string,
  flags: readonly string[] = [],
): Promise<string> {
  if (Deno.build.os !== "linux") {
    throw new MissingError("it needs epoll and /proc of Linux");
  }
  await Deno.mkdir(cacheFolder, { recursive: true });
  const path = `${cacheFolder}/${name}`;
  if (!await isNewer(path, source)) {
    const command = ["gcc", "-O2", "-o", path, source, ...flags, "-lm"];
    await run(command, "install gcc, such as by apt-get install gcc libc6-dev");
  }
  return path;
}

async function run(command: readonly string[], hint: string): Promise<void> {
  const end = await runProgram(command);
  if (end === undefined) throw new MissingError(`there is no ${command[0]} on the path: ${hint}`);
  if (end.success) return;
  const [reason] = end.stderr.trim().split("\n");
  throw new MissingError(`${command.join(" ")} failed: ${reason}`);
}

async function absolute(path: string): Promise<string> {
  return `${await Deno.realPath(".")}/${path}`;
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function isNewer(path: string, source: string): Promise<boolean> {
  try {
    const [built, written] = await Promise.all([Deno.stat(path), Deno.stat(source)]);
    return (built.mtime ?? 0) > (written.mtime ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
