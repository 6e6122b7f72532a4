/** Chooses from a list by names on the command line. */

/**
 * Chooses items.
 *
 * @param items All there are, in the order of the tables.
 * @param globs Names in which `*` stands for anything; none chooses all.
 * @param what The kind of the items, for the error.
 * @returns The items whose name fits one of the globs, in their order.
 * @throws {RangeError} A glob fits no item.
 */
export function selectByName<Item extends { readonly name: string }>(
  items: readonly Item[],
  globs: readonly string[],
  what: string,
): readonly Item[] {
  if (globs.length === 0) return items;
  const patterns = globs.map((glob) => {
    const pattern = new RegExp(`^${glob.split("*").map(RegExp.escape).join(".*")}$`);
    if (items.some(({ name }) => pattern.test(name))) return pattern;
    const names = items.map(({ name }) => name).join(", ");
    throw new RangeError(`Cannot choose ${what} by "${glob}": there are ${names}`);
  });
  return items.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
}
