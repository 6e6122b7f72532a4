/**
 * The part of `jsr:@std/testing/snapshot` that this project uses, for networks that do not reach
 * JSR. Reads and writes the same files: `__snapshots__/NAME.snap` beside the test.
 */

import { AssertionError } from "@std/assert";

/** How a value is compared. */
export interface SnapshotOptions<T> {
  /** Writes the value; by default as `Deno.inspect` does. */
  serializer?: (actual: T) => string;
}

/** The snapshots of one test file. */
class SnapshotFile {
  static readonly #files = new Map<string, Promise<SnapshotFile>>();
  readonly #url: URL;
  readonly #saved: ReadonlyMap<string, string>;
  readonly #counts = new Map<string, number>();
  readonly #current = new Map<string, string>();
  #savesAtEnd = false;

  constructor(url: URL, saved: ReadonlyMap<string, string>) {
    this.#url = url;
    this.#saved = saved;
  }

  static of(origin: string): Promise<SnapshotFile> {
    const url = new URL(`__snapshots__/${origin.split("/").at(-1)}.snap`, origin);
    const file = this.#files.get(url.href) ?? this.#read(url);
    this.#files.set(url.href, file);
    return file;
  }

  static async #read(url: URL): Promise<SnapshotFile> {
    const exists = await Deno.stat(url).then(() => true, () => false);
    const { snapshot = {} } = exists ? await import(url.href) : {};
    return new SnapshotFile(url, new Map(Object.entries<string>(snapshot)));
  }

  /** Names the next snapshot of a test. */
  nextName(test: string): string {
    const count = (this.#counts.get(test) ?? 0) + 1;
    this.#counts.set(test, count);
    return `${test} ${count}`;
  }

  compare(name: string, text: string): void {
    const expected = this.#saved.get(name);
    if (expected === undefined) throw new AssertionError(`Missing snapshot: ${name}`);
    if (expected === text) return;
    throw new AssertionError(
      `Snapshot does not match:\n${text}\n\nis not\n${expected}\n\n` +
        "To update snapshots, run: deno test --allow-all [FILE]... -- --update",
    );
  }

  /** Writes the file when the tests have run. */
  update(name: string, text: string): void {
    this.#current.set(name, text);
    if (!this.#savesAtEnd) addEventListener("unload", () => this.#save());
    this.#savesAtEnd = true;
  }

  #save(): void {
    const texts = Array.from(
      this.#current,
      ([name, text]) => `\nsnapshot[\`${escape(name)}\`] = \`${escape(text)}\`;\n`,
    );
    Deno.mkdirSync(new URL(".", this.#url), { recursive: true });
    Deno.writeTextFileSync(this.#url, ["export const snapshot = {};\n", ...texts].join(""));
  }
}

function escape(text: string): string {
  return text.replace(/[\\`$]/g, "\\$&");
}

function inspect(value: unknown): string {
  return Deno.inspect(value, {
    depth: Infinity,
    sorted: true,
    trailingComma: true,
    compact: false,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
    breakLength: Infinity,
    escapeSequences: false,
  }).replaceAll("\r", "\\r");
}

function testName(context: Deno.TestContext): string {
  const { name, parent } = context;
  return parent === undefined ? name : `${testName(parent)} > ${name}`;
}

/**
 * The value must be written as it was when the snapshots were made, by `-- --update`.
 *
 * @param context The test's.
 * @param actual The value.
 * @param options How it is written.
 */
export async function assertSnapshot<T>(
  context: Deno.TestContext,
  actual: T,
  { serializer = inspect }: SnapshotOptions<T> = {},
): Promise<void> {
  const file = await SnapshotFile.of(context.origin);
  const name = file.nextName(testName(context));
  const serialized = serializer(actual);
  const text = serialized.includes("\n") ? `\n${serialized}\n` : serialized;
  if (Deno.args.includes("--update") || Deno.args.includes("-u")) file.update(name, text);
  else file.compare(name, text);
}
