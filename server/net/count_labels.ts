/** The labels under which closes and refusals are counted: few, and never a peer's choice. */

import { CloseCode } from "../../protocol/close_code.ts";

/** The labels by which closes are counted. */
export type CloseLabel = `${CloseCode}` | "3000-3999" | "4000-4999" | "other";

/** Every {@linkcode CloseLabel}. */
export const closeLabels: readonly CloseLabel[] = [
  // The cast: `Object.values` of numbers, as text.
  ...Object.values(CloseCode).map((code) => String(code) as `${CloseCode}`),
  "3000-3999",
  "4000-4999",
  "other",
];

/** Statuses that requests are refused with, by us or by most applications. */
const statuses = [
  "400",
  "401",
  "403",
  "404",
  "405",
  "408",
  "413",
  "414",
  "417",
  "421",
  "426",
  "429",
  "431",
  "500",
  "501",
  "503",
  "505",
] as const;

/** The labels by which refused requests are counted. */
export type StatusLabel = typeof statuses[number] | "other";

/** Every {@linkcode StatusLabel}. */
export const statusLabels: readonly StatusLabel[] = [...statuses, "other"];

/** The label of a close code; applications' own codes are counted together. */
export function closeLabel(code: number): CloseLabel {
  if (code >= 4000 && code <= 4999) return "4000-4999";
  if (code >= 3000 && code <= 3999) return "3000-3999";
  return closeLabels.find((label) => label === String(code)) ?? "other";
}

/** The label of a status. */
export function statusLabel(status: number): StatusLabel {
  return statusLabels.find((label) => label === String(status)) ?? "other";
}

/** A count of 0 under each label. */
export function zeros<Label extends string>(labels: readonly Label[]): Record<Label, number> {
  // The cast: `fromEntries` forgets the names.
  return Object.fromEntries(labels.map((label) => [label, 0])) as Record<Label, number>;
}
