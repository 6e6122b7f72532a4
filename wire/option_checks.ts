/** Checks of options: whether each is known, of the right type, and in range. */

/** The type of an option: a result of `typeof`, several with `|` between them, or `any`. */
export type OptionType = string;

/**
 * Checks that an object holds no options but known ones, each of its type. An option that is
 * `undefined` counts as not given.
 *
 * @param what The owner of the options, for the error.
 * @param options The given options.
 * @param types The options that there are, by name.
 * @param inner Options of options, such as `auth.mode`, that may be meant by an unknown name.
 * @throws {TypeError} An option is not known, and the error names one that is spelled like it; or
 * it is of another type. No value is quoted, as it may be a secret.
 */
export function checkOptions(
  what: string,
  options: object,
  types: Readonly<Record<string, OptionType>>,
  inner: readonly string[] = [],
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot use the options of ${what} as they must be an object: the type is ${kindOf(options)}`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) throw unknownOption(what, name, [...Object.keys(types), ...inner]);
    if (value === undefined || isOf(type, kindOf(value))) continue;
    throw new TypeError(
      `Cannot use option "${name}" of ${what} as it must be of type ` +
        `${type.replaceAll("|", " or ")}: the type is ${kindOf(value)}`,
    );
  }
}

/**
 * Checks that an object holds no options but known ones, and leaves their values to others.
 *
 * @param what The owner of the options, for the error.
 * @param options The given options.
 * @param names The options that there are.
 * @throws {TypeError} An option is not known, and the error names one that is spelled like it.
 */
export function checkNames(what: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownOption(what, unknown, names);
}

/** The numbers that an option takes: finite whole ones, where it does not say otherwise. */
export interface NumberRange {
  /** The least that is in range. */
  readonly least?: number;
  /** The greatest that is too small; instead of `least`. */
  readonly above?: number;
  /** The greatest that is in range. */
  readonly most?: number;
  /** The unit, where the name of the option does not tell: `"ms"`, `"bytes"`. */
  readonly unit?: string;
  /** Whether numbers between whole ones are in range. */
  readonly fractions?: boolean;
  /** Whether `Infinity` is in range, as no limit. */
  readonly endless?: boolean;
}

/**
 * Checks that an option is a number in range.
 *
 * @param name Name of the option, with what it is an option of: `presence.grace`.
 * @param value The given value, or the default.
 * @param range The numbers that it takes.
 * @returns The number.
 * @throws {TypeError} It is no number.
 * @throws {RangeError} It is out of range. The error names the option, its range and the number.
 */
export function checkNumber(name: string, value: number, range: NumberRange): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use ${name} as it must be a number: the type is ${kindOf(value)}`);
  }
  if (isInRange(value, range)) return value;
  throw new RangeError(
    `Cannot use ${name} as it must be ${rangeText(range)}: current value is ${value}`,
  );
}

/**
 * Checks several numbers of the same options.
 *
 * @param prefix The prefix of their names in errors, such as `presence.`.
 * @param values The given values, or the defaults.
 * @param ranges The numbers that each takes, by name.
 * @throws {TypeError} One is no number.
 * @throws {RangeError} One is out of range.
 */
export function checkNumbers<Name extends string>(
  prefix: string,
  values: Readonly<Record<NoInfer<Name>, number>>,
  ranges: Readonly<Record<Name, NumberRange>>,
): void {
  for (const name in ranges) checkNumber(prefix + name, values[name], ranges[name]);
}

function isInRange(value: number, range: NumberRange): boolean {
  const { least = -Infinity, above = -Infinity, most = Infinity, fractions, endless } = range;
  if (value === Infinity) return endless === true;
  const isKind = fractions ? Number.isFinite(value) : Number.isSafeInteger(value);
  return isKind && value >= least && value > above && value <= most;
}

/** Such as "a whole number from 1 to 2147483647 ms". */
function rangeText({ least, above, most, unit = "", fractions, endless }: NumberRange): string {
  const start = above === undefined ? `>= ${least}` : `> ${above}`;
  const startAndEnd = above === undefined
    ? `from ${least} to ${most}`
    : `> ${above} and <= ${most}`;
  const bounds = `${most === undefined ? start : startAndEnd} ${unit}`.trimEnd();
  if (!fractions) return `a whole number ${bounds}${endless ? " or Infinity" : ""}`;
  return most === undefined && !endless ? `a finite number ${bounds}` : bounds;
}

function isOf(type: OptionType, kind: string): boolean {
  return type === "any" || type === kind || type.split("|").includes(kind);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

function unknownOption(what: string, name: string, names: readonly string[]): TypeError {
  const near = findNear(name, names);
  const hint = near === undefined ? `it is none of ${names.join(", ")}` : `did you mean "${near}"`;
  return new TypeError(`Cannot use option "${name}" of ${what}: ${hint}`);
}

/** Finds the name that is meant by one with a few mistakes, or by a part of it. */
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

/**
 * How many characters must be added, removed, replaced or swapped with their neighbour (optimal
 * string alignment).
 */
function distanceOf(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] &&
        one[i - 2] === other[j - 1];
      const swapped = isSwapped ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1, swapped));
    }
    [before, row] = [row, next];
  }
  return row[other.length]!;
}
