/** Waiting for a condition instead of for a time. */

/**
 * Resolves when a condition holds. Turns of the event loop pass in between, so that the network
 * can move on.
 *
 * @throws {Error} It does not hold within ten seconds.
 */
export async function waitFor(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Condition does not hold: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
