/** The rooms of a connection: what the client asks for, and what the server answers. */

import { leaveEvent } from "../../wire/room_message.ts";
import type { ClientError } from "../errors.ts";
import { readRoomRefusal, RoomRequests } from "./room_requests.ts";
import { type Gap, Rooms, type RoomTiming } from "./rooms.ts";

/** Functions of the connection that rooms use. */
export interface RoomClientHandlers {
  /** Sends a message before queued ones. */
  send(text: string): void;
  /** Messages of a room were missed. */
  gap(gap: Gap): void;
}

/** Joins and leaves rooms, over one connection after the other. */
export class RoomClient {
  readonly rooms: Rooms;
  readonly #requests: RoomRequests;
  readonly #clock: RoomTiming["clock"];
  /** Rooms that the server has not let us leave yet. */
  readonly #unleft = new Set<string>();
  #stopLeaving: () => void = () => {};

  constructor(timing: RoomTiming, handlers: RoomClientHandlers) {
    this.#clock = timing.clock;
    this.#requests = new RoomRequests(
      (text) => handlers.send(text),
      (roomId) => this.rooms.asked(roomId),
    );
    this.rooms = new Rooms(timing, {
      ask: (room) => this.#requests.join(room),
      gap: (gap) => handlers.gap(gap),
    });
  }

  /** Sends what was asked for in this turn: another message may be about these rooms. */
  flush(): void {
    this.#requests.flush();
  }

  /** A connection has opened: joins all rooms again. */
  opened(): void {
    this.rooms.rejoin();
    this.flush();
  }

  /** The connection has closed. */
  lost(): void {
    this.rooms.lost();
    this.#requests.clear();
    this.#stopLeaving();
    this.#unleft.clear();
  }

  /** The client has closed. */
  closed(error: ClientError): void {
    this.rooms.closed(error);
  }

  /**
   * Leaves a room.
   *
   * @param isConnected Whether the server has to be told.
   */
  leave(roomId: string, isConnected: boolean): void {
    const wasIn = this.rooms.leave(roomId, isConnected);
    if (wasIn && isConnected) this.#requests.leave(roomId);
  }

  /**
   * Handles an event of the server itself.
   *
   * @returns Whether that was all: the application does not get the event.
   */
  receive(event: string, data: Readonly<Record<string, unknown>>): boolean {
    if (event === "room:joined") return !this.rooms.joined(data);
    if (event === "room:left") this.rooms.left(data);
    else if (event === "error") return this.#refused(data);
    return false;
  }

  #refused(data: Readonly<Record<string, unknown>>): boolean {
    const refusal = readRoomRefusal(data);
    if (refusal === undefined) return false;
    const { rooms, event, delay, error } = refusal;
    if (event === leaveEvent) {
      if (delay !== undefined) this.#leaveLater(rooms, delay);
      return delay !== undefined;
    }
    if (delay !== undefined) this.rooms.postponed(rooms, delay);
    else this.rooms.refused(rooms, error);
    // An error that names no event may be about something else.
    return delay !== undefined && data.event !== undefined;
  }

  /** Leaves rooms after a delay that the server asks for, unless they are joined again. */
  #leaveLater(rooms: readonly string[] | undefined, delay: number): void {
    for (const room of rooms ?? []) this.#unleft.add(room);
    this.#stopLeaving();
    this.#stopLeaving = this.#clock.after(delay, () => {
      for (const room of this.#unleft) if (!this.rooms.has(room)) this.#requests.leave(room);
      this.#unleft.clear();
    });
  }
}
