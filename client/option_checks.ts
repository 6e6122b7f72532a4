/** Checks of options. */

/**
 * Checks that all options are known.
 *
 * @param what What the options are of.
 * @param options What was given.
 * @param names What there is.
 * @throws {TypeError} One is not known; the error names one that is spelled like it.
 */
export function checkNames(what: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const near = findNear(name, names);
    const hint = near === undefined
      ? `it is none of ${names.join(", ")}`
      : `did you mean "${near}"`;
    throw new TypeError(`Cannot use option "${name}" of ${what}: ${hint}`);
  }
}

/** Finds the name that is meant by one with a few mistakes. */
function findNear(name: string, names: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const [best] = names
    .map((each) => ({ each, distance: distanceOf(lower, each.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const mistakes = Math.max(1, Math.floor(name.length / 3));
  if (best !== undefined && best.distance <= mistakes) return best.each;
  return names.find((each) => isPart(lower, each.toLowerCase()));
}

function isPart(one: string, other: string): boolean {
  return one.length > 2 && (one.includes(other) || other.includes(one));
}

/** How many characters must be added, removed or replaced (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}

/**
 * Checks a number.
 *
 * @throws {RangeError} It is none, or too small.
 */
export function checkNumber(name: string, value: number, least: number): void {
  if (typeof value === "number" && value >= least) return;
  throw new RangeError(`Cannot use ${name} as it must be >= ${least}: current value is ${value}`);
}

/**
 * Checks that a value is one of a list.
 *
 * @throws {TypeError} It is not.
 */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new TypeError(
    `Cannot use ${name} as it must be one of ${choices.join(", ")}: current value is ${value}`,
  );
}

/** A token of RFC 9110 §5.6.2, which a subprotocol is. RFC 6455 §4.1. */
const token = /^[!#$%&'*+\-.^_`|~\w]+$/;

/**
 * Checks subprotocols as the WebSocket class does, which is asked later.
 *
 * @throws {TypeError} One is no token, or stands there twice.
 */
export function checkProtocols(protocols: readonly string[]): void {
  if (!Array.isArray(protocols)) {
    throw new TypeError(
      `Cannot use protocols as it must be an array: current value is ${protocols}`,
    );
  }
  for (const [index, protocol] of protocols.entries()) {
    if (
      typeof protocol === "string" && token.test(protocol) && protocols.indexOf(protocol) === index
    ) {
      continue;
    }
    throw new TypeError(
      `Cannot use protocols as each must be another token: current value is "${protocol}"`,
    );
  }
}
