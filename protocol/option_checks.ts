/** Checks of options: whether each is known, and of the right type. */

/** The type of an option: a result of `typeof`, several with `|` between them, or `any`. */
export type OptionType = string;

/**
 * Checks that an object holds no options but known ones, each of its type. An option that is
 * `undefined` counts as not given.
 *
 * @param what The owner of the options, for the error.
 * @param options The given options.
 * @param types The options that there are, by name.
 * @throws {TypeError} An option is not known, and the error names those that are; or it is of
 * another type. No value is quoted, as it may be a secret.
 */
export function checkOptions(
  what: string,
  options: object,
  types: Readonly<Record<string, OptionType>>,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot use the options of ${what} as they must be an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) {
      const names = Object.keys(types).join(", ");
      throw new TypeError(`Cannot use option "${name}" of ${what}: it is none of ${names}`);
    }
    const kind = value === null ? "null" : typeof value;
    if (value === undefined || type === "any" || type.split("|").includes(kind)) continue;
    throw new TypeError(
      `Cannot use option "${name}" of ${what} as it must be of type ` +
        `${type.replaceAll("|", " or ")}: the type is ${kind}`,
    );
  }
}
