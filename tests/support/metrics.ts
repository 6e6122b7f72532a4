/** Metrics as Prometheus would read them. */

/** Values by name and labels, such as `hawser_messages_total{direction="in"}`. */
export type Scrape = ReadonlyMap<string, number>;

/**
 * Fetches and reads metrics.
 *
 * @throws {Error} A line is neither a comment nor a value.
 */
export async function scrape(url: URL): Promise<Scrape> {
  const response = await fetch(new URL("/metrics", url));
  return readMetrics(await response.text());
}

/** Reads the text format. */
export function readMetrics(text: string): Scrape {
  const values = new Map<string, number>();
  for (const line of text.split("\n").slice(0, -1)) {
    if (line.startsWith("# ")) continue;
    const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\d[\d.e+-]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`Not a metric: ${line}`);
    values.set(name, Number(value));
  }
  return values;
}
