/** Waits for what may never come. */

/** Waits for a promise, and no longer than some milliseconds. */
export async function within(promise: Promise<unknown>, timeout: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, timeout));
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
