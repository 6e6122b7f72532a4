/** Waiting for a condition instead of for a time. */

/**
 * Resolves when a condition holds. Turns of the event loop pass in between, so that the network
 * can move on.
 *
 * @param condition The condition to wait for.
 * @param patience Milliseconds that it may take. The default ends a test that hangs, and is far above
 * what any takes on a machine that is busy with something else.
 * @throws {Error} It does not hold by then.
 */
export async function waitFor(condition: () => boolean, patience = 60_000): Promise<void> {
  const end = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Condition does not hold: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** The same for what takes many seconds: faults that are found by their silence. */
export function eventually(condition: () => boolean): Promise<void> {
  return waitFor(condition, 180_000);
}
