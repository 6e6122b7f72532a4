/** Values that are made anew when somebody asks, but not too often. */

/** How often a value is made within a second. @limit times: the last value is given again */
const maxPerSecond = 10;

/**
 * Bounds how often a function is called. Nobody who asks now and then gets an old value, and somebody
 * who asks in a loop costs no more than ten calls a second.
 *
 * @param make Makes a value.
 * @param now Milliseconds from any origin.
 * @returns Gives a new value, or the last one, which is at most a second old.
 */
export function refreshed<Value>(
  make: () => Value,
  now: () => number = () => performance.now(),
): () => Value {
  let since = -Infinity;
  let count = 0;
  let last: (() => Value) | undefined;
  return function refresh(): Value {
    const time = now();
    if (time - since >= 1_000) {
      since = time;
      count = 0;
    }
    if (last === undefined || count < maxPerSecond) {
      count++;
      last = outcomeOf(make);
    }
    return last();
  };
}

/** Calls a function once, for others to return or throw what it did. */
function outcomeOf<Value>(make: () => Value): () => Value {
  try {
    const value = make();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
