/** Numbers as they stand in code, and as people read them. */

/**
 * Reads a constant expression of sums, products and powers, such as `64 * 1024` or `2 ** 31 - 1`.
 *
 * @param text The expression.
 * @returns Its value, or `undefined` where it is something else.
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  for (const [operator, apply] of operators) {
    // The last operator binds the others, but for powers, of which we have no chains.
    const at = trimmed.lastIndexOf(operator);
    if (at <= 0) continue;
    const left = parseNumber(trimmed.slice(0, at));
    const right = parseNumber(trimmed.slice(at + operator.length));
    return left === undefined || right === undefined ? undefined : apply(left, right);
  }
  if (trimmed === "Infinity") return Infinity;
  return /^(\d[\d_]*(\.\d+)?|0x[\da-f]+)$/i.test(trimmed)
    ? Number(trimmed.replaceAll("_", ""))
    : undefined;
}

/** From the loosest to the tightest; the formatter puts spaces around them. */
const operators: readonly [operator: string, apply: (a: number, b: number) => number][] = [
  [" + ", (a, b) => a + b],
  [" - ", (a, b) => a - b],
  [" * ", (a, b) => a * b],
  [" / ", (a, b) => a / b],
  [" ** ", (a, b) => a ** b],
];

/** The unit of a number. */
export type Unit = "bytes" | "ms" | "count";

/**
 * Guesses by its name what a number counts.
 *
 * @param name Name of an option or a constant.
 */
export function unitOf(name: string): Unit {
  if (/(Size|Bytes|Line|Budget|Mark|\bthreshold)$/.test(name)) return "bytes";
  return /(Timeout|Interval|Delay|Age|\b(timeout|interval|delay|deadline|spread|grace|heartbeat|duration))$/
      .test(
        name,
      )
    ? "ms"
    : "count";
}

/**
 * Writes a number for people.
 *
 * @param value A number; 0 and infinity are what they are.
 * @param unit Its unit.
 */
export function formatNumber(value: number, unit: Unit): string {
  if (value === Infinity) return "none";
  if (unit === "bytes" && value !== 0) return formatBytes(value);
  if (unit === "ms" && value !== 0) return formatTime(value);
  return value.toLocaleString("en-US");
}

function formatBytes(value: number): string {
  for (const [name, size] of [["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const) {
    if (value % size === 0) return `${(value / size).toLocaleString("en-US")} ${name}`;
  }
  return `${value.toLocaleString("en-US")} bytes`;
}

function formatTime(value: number): string {
  return value % 1_000 === 0 || value > 10_000 ? `${value / 1_000} s` : `${value} ms`;
}
