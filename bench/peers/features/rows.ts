/** The rows of the table: what each is called, and how a cell of it is found out. */

import {
  acknowledgements,
  cluster,
  fallback,
  rateLimit,
  recovery,
  rooms,
  tokens,
} from "./app_rows.ts";
import type { Feature } from "./contenders.ts";
import {
  backpressure,
  compression,
  farewell,
  foreignOrigin,
  messageLimit,
  silence,
  slowReader,
} from "./socket_rows.ts";
import type { ReadyContender } from "./start.ts";

/** A row. */
export interface Row {
  /** The text of the first column. */
  readonly title: string;
  /** The feature that a server must have for it. */
  readonly needs: Feature;
  /** Finds out the cell of a server. */
  readonly probe: (contender: ReadyContender) => Promise<string>;
}

/** All rows. */
export const rows: readonly Row[] = [
  row("permessage-deflate", "plain", compression),
  row("A silent peer is given up after", "plain", silence),
  row("Largest message by default", "plain", messageLimit),
  row("64 MiB for a peer that does not read", "flood", slowReader),
  row("A handler that waits stops the reading", "wait", backpressure),
  row("A page of another site", "plain", foreignOrigin),
  row("Clients hear at SIGTERM", "plain", farewell),
  row("Rate of a client limited by default", "plain", rateLimit),
  row("Rooms or topics", "rooms", rooms),
  row("Acknowledgements", "acks", acknowledgements),
  row("Missed messages after a reconnect", "recovery", recovery),
  row("JWT verified", "auth", tokens),
  row("Events without WebSocket", "fallback", fallback),
  row("Rooms across processes, by Redis", "cluster", cluster),
];

/**
 * Finds out the cell of a server.
 *
 * @returns The result; where it is not built in, the way to get it instead of `yes`.
 */
export async function fillCell(row: Row, contender: ReadyContender): Promise<string> {
  const { needs, probe } = row;
  // The application must bring it.
  if (contender.servers[needs] === undefined) return "by hand";
  const answer = await probe(contender);
  if (answer !== "yes") return answer;
  if (contender.packaged?.includes(needs) === true) return "package";
  return contender.optional?.includes(needs) === true ? "option" : "yes";
}

function row(title: string, needs: Feature, probe: Row["probe"]): Row {
  return { title, needs, probe };
}
