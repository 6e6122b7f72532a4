/** Sets of which most have one item. */

/**
 * A set that is the item itself as long as there is one only: a table takes 200 bytes. The functions
 * here take the place of its methods, and their result that of the set.
 */
export type CompactSet<Item extends object | string> = Item | Set<Item>;

/** Adds an item; without a set, makes one. */
export function addTo<Item extends object | string>(
  set: CompactSet<Item> | undefined,
  item: Item,
): CompactSet<Item> {
  if (set === undefined || set === item) return item;
  return set instanceof Set ? set.add(item) : new Set([set, item]);
}

/** Removes an item. Returns `undefined` where no other is left. */
export function removeFrom<Item extends object | string>(
  set: CompactSet<Item> | undefined,
  item: Item,
): CompactSet<Item> | undefined {
  if (!(set instanceof Set)) return set === item ? undefined : set;
  set.delete(item);
  const [first] = set;
  return set.size === 1 ? first : set;
}

/** Whether an item is in a set. */
export function hasIn<Item extends object | string>(
  set: CompactSet<Item> | undefined,
  item: Item,
): boolean {
  return set instanceof Set ? set.has(item) : set === item && item !== undefined;
}

/** The items of a set, as they are at each moment. */
export function itemsOf<Item extends object | string>(
  set: CompactSet<Item> | undefined,
): Iterable<Item> {
  if (set === undefined) return [];
  return set instanceof Set ? set : [set];
}

/** How many items are in a set. */
export function sizeOf<Item extends object | string>(set: CompactSet<Item> | undefined): number {
  if (set === undefined) return 0;
  return set instanceof Set ? set.size : 1;
}
