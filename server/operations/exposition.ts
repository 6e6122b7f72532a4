/** The text format of Prometheus, version 0.0.4. */

/** Media type of the format. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** Labels of one value. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** Values of a histogram under the same labels; each bucket counts only what is in no smaller one. */
export interface HistogramSample {
  readonly labels?: Labels;
  readonly buckets: readonly { readonly seconds: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

/** A metric with all of its values. */
export type Metric =
  & { readonly name: string; readonly help: string }
  & (
    | { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] }
    | { readonly type: "histogram"; readonly samples: readonly HistogramSample[] }
  );

/** Writes metrics; those without values are left out. */
export function encodeMetrics(metrics: readonly Metric[]): string {
  return metrics.filter(({ samples }) => samples.length > 0).map(encodeMetric).join("");
}

function encodeMetric(metric: Metric): string {
  const { name, help, type } = metric;
  const lines = metric.type === "histogram"
    ? metric.samples.flatMap((sample) => encodeHistogram(name, sample))
    : metric.samples.map(({ labels, value }) => encodeSample(name, labels, value));
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** Buckets are cumulative on the wire. */
function encodeHistogram(name: string, sample: HistogramSample): string[] {
  const { labels, buckets, count, sum } = sample;
  let below = 0;
  const lines = buckets.map((bucket) => {
    below += bucket.count;
    return encodeSample(`${name}_bucket`, { ...labels, le: `${bucket.seconds}` }, below);
  });
  return [
    ...lines,
    encodeSample(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    encodeSample(`${name}_sum`, labels, sum),
    encodeSample(`${name}_count`, labels, count),
  ];
}

function encodeSample(name: string, labels: Labels = {}, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
