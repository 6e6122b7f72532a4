/** The loads: rooms whose members are on both nodes, and some of whom speak. */

/** One load. */
export interface Load {
  /** Names it on the command line. */
  readonly name: string;
  /** Names it in tables. */
  readonly title: string;
  /** Members of each node. */
  readonly members: number;
  /** How many of these speak. */
  readonly speakers: number;
  /** Messages in flight of each. */
  readonly inFlight: number;
}

/** All loads, in the order of the tables. */
export const loads: readonly Load[] = [
  room("room-40", 20, 2, 1),
  room("room-40-p16", 20, 2, 16),
  room("room-400", 200, 4, 1),
  room("room-400-p16", 200, 4, 16),
];

function room(name: string, members: number, speakers: number, inFlight: number): Load {
  const title = `${2 * members} members, ${2 * speakers} speak, ${inFlight} in flight each`;
  return { name, title, members, speakers, inFlight };
}
