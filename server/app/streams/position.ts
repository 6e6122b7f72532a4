/** Positions in the message streams of rooms. */

/**
 * A place in a room's stream of messages. Two positions can be compared only where their epochs are
 * the same.
 *
 * @example What has followed a position
 * ```ts
 * import { App, type Position, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App<{ enter: Position }, { note: { text: string; seq: number } }>();
 * app.on("enter", async (client, since) => void await client.join("deck", since));
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * const since: Position = await app.publish("deck", "note", { text: "seen" });
 * await app.publish("deck", "note", { text: "missed" });
 *
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * const notes: unknown[] = [];
 * client.on("note", (note) => notes.push(note));
 * await client.emitWithAck("enter", since);
 * assertEquals(notes, [{ text: "missed", seq: since.seq + 1 }]);
 * ```
 */
export interface Position {
  /** Number of the last message; it grows by one per message and room, from 1 on. 0: none yet. */
  readonly seq: number;
  /** Changes when the stream was lost, and with it the meaning of `seq`. */
  readonly epoch: string;
}

/**
 * A message's place: in which room, and where in its stream. A wire whose clients tell later how
 * far they have come sends it along.
 *
 * @example Naming a message for an event stream
 * ```ts
 * import { Outgoing, type Place } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * function idField({ place }: Outgoing): string {
 *   return place === undefined ? "" : `id: ${place.room}:${place.epoch}:${place.seq}\n`;
 * }
 * const place: Place = { room: "deck", seq: 7, epoch: "k3x" };
 * const note = new Outgoing("note", { text: "hi" }, undefined, place);
 * assertEquals(idField(note), "id: deck:k3x:7\n");
 * assertEquals(idField(new Outgoing("tick", { at: 12 })), "");
 * ```
 */
export interface Place extends Position {
  /** Room name. */
  readonly room: string;
}

/**
 * What a client finds in a room that it has joined: what `client.join` resolves to, and announces.
 *
 * @example Telling a client that it has missed something
 * ```ts
 * import { App, type Joined, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App<{ enter: { seq: number; epoch: string } }>();
 * app.on("enter", async (client, since) => {
 *   const { position, recovered }: Joined = await client.join("deck", since);
 *   return recovered ? "go on" : `reload, then go on from ${position.seq}`;
 * });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * const { seq, epoch } = await app.publish("deck", "note", { text: "hi" });
 *
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await client.emitWithAck("enter", { seq: 0, epoch }), "go on");
 * const stale = { seq, epoch: "of-last-year" };
 * assertEquals(await client.emitWithAck("enter", stale), "reload, then go on from 1");
 * ```
 */
export interface Joined {
  /** Where the room's stream stands: the messages that come next follow it. */
  readonly position: Position;
  /**
   * `true` when a position was given, and all that has followed it was sent to the client.
   * Otherwise nothing is known of what the client has missed.
   */
  readonly recovered: boolean;
}
