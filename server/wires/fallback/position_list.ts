/** Positions in several rooms as one text, for `id:` and `since`: `epoch:seq`, joined by commas. */

import { formatPosition, parsePosition, type Position } from "../../../wire/position.ts";
import type { Joined } from "../../app/streams/position.ts";

/** Stands for a room whose position is not known. */
const unknown = "-";

/**
 * Reads positions. Ids of others are not known: a browser that brings back an id it got from
 * another server must not be turned away.
 *
 * @param text One position per room, in the order of the rooms.
 * @param count How many rooms there are.
 * @returns That many positions.
 */
export function parsePositions(text: string | null, count: number): (Position | undefined)[] {
  const parts = (text ?? "").split(",", count);
  return Array.from({ length: count }, (_, index) => parsePosition(parts[index] ?? unknown));
}

interface RoomPosition {
  position: Position | undefined;
  /** Whether the position is nothing but the client's word. */
  isClaim: boolean;
  /** `undefined` until the room is joined. */
  recovered: boolean | undefined;
}

/** Where a client stands in each of its rooms. */
export class PositionList {
  readonly #positions: Map<string, RoomPosition>;

  /** @param rooms The rooms; one that is named twice counts once. */
  constructor(rooms: readonly string[]) {
    this.#positions = new Map(rooms.map((room) => [room, {
      position: undefined,
      isClaim: false,
      recovered: undefined,
    }]));
  }

  /**
   * Takes where the client says that it stands. It holds until the room is joined: while one room
   * is being caught up with, the client keeps its places in the others.
   */
  claim(positions: readonly (Position | undefined)[]): void {
    for (const [index, standing] of [...this.#positions.values()].entries()) {
      standing.position = positions[index];
      standing.isClaim = standing.position !== undefined;
    }
  }

  /** The rooms, in their order. */
  get rooms(): string[] {
    return [...this.#positions.keys()];
  }

  /** Where the client stands in the one room, if there is one and it is known. */
  get only(): Position | undefined {
    const [standing] = this.#positions.values();
    return this.#positions.size === 1 ? standing?.position : undefined;
  }

  /** Whether the client has joined rooms, and in none of them anything was lost to it. */
  get recovered(): boolean {
    const standings = [...this.#positions.values()];
    return standings.length > 0 && standings.every(({ recovered }) => recovered === true);
  }

  /** Whether something was lost to the client in a room that was joined. */
  get lost(): boolean {
    return [...this.#positions.values()].some(({ recovered }) => recovered === false);
  }

  /** The client was sent a message of a room. */
  sent(room: string, { epoch, seq }: Position): void {
    const standing = this.#positions.get(room);
    // Without an epoch, nobody knows the stream.
    if (standing === undefined || epoch === "") return;
    standing.position = { epoch, seq };
    standing.isClaim = false;
  }

  /** The client has joined a room; messages behind that position may have been sent already. */
  joined(room: string, { position, recovered }: Joined): void {
    const standing = this.#positions.get(room);
    if (standing === undefined) return;
    standing.recovered = recovered;
    if (standing.isClaim && !recovered) standing.position = undefined;
    const known = standing.position;
    if (known?.epoch !== position.epoch || known.seq < position.seq) this.sent(room, position);
  }

  /** As {@linkcode parsePositions} reads it; empty where nothing is known. */
  toString(): string {
    const positions = [...this.#positions.values()].map(({ position }) => position);
    if (positions.every((position) => position === undefined)) return "";
    return positions.map((each) => each === undefined ? unknown : formatPosition(each))
      .join(",");
  }
}
