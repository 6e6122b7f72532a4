/** The events of the chat and its clients. */

import type { App, Client, Position, PresenceUpdate } from "@hawser/ws";
import type { Guest } from "./guests.ts";

/** The events of a client. */
export interface ChatClientEvents {
  /** Writes into a room: everybody there gets a `chat:message`. */
  "chat:message": { roomId: string; content: string };
  /** The same, and everybody gets a `message:new`. */
  "message:send": { roomId: string; content: string };
  /** Writes to one client, by its id, or to all clients of a user, by the user's. */
  "message:private": { to: string; content: string };
  /** Tells the others of a room that somebody is writing. */
  "typing:start": { roomId: string };
}

/** A message of a room. */
export interface ChatMessage extends Guest {
  /** Names the message, a UUID that no two nodes give; those of a node grow. */
  readonly id: string;
  /** The text. */
  readonly content: string;
  /** When, in seconds since 1970. */
  readonly ts: number;
  /** Where. */
  readonly roomId: string;
}

/** A message to somebody. */
export interface PrivateMessage {
  /** Id of the client that wrote it. */
  readonly from: string;
  /** Id of the user. */
  readonly fromUser: string;
  /** The text. */
  readonly content: string;
  /** When, in seconds since 1970. */
  readonly ts: number;
}

/** Something that somebody does in a room. */
export interface GuestInRoom extends Guest {
  /** Where. */
  readonly roomId: string;
}

/** The state of a room for a client that enters. */
export interface RoomJoined extends Position {
  /** The room. */
  readonly roomId: string;
  /** `true` when all that was missed since the earlier visit has been sent before this. */
  readonly recovered: boolean;
  /** The people here, the newcomer too; the first hundred. */
  readonly members: readonly Guest[];
  /** How many clients are here; only where they are more than are listed, on one node. */
  readonly count?: number;
}

/** Many changes in a room, or some in one of more than a hundred. */
export interface RoomChanges {
  /** Where. */
  readonly roomId: string;
  /** How many clients are here; only on one node. */
  readonly count?: number;
  /** The user that has come, or is among the first hundred now. */
  readonly joined: readonly Guest[];
  /** Users who have left, or are not any more. */
  readonly left: readonly string[];
}

/** The events of the server. */
export interface ChatServerEvents {
  /** The answer to a join, with what the rule of `rooms` adds. */
  "room:joined": RoomJoined;
  "user:joined": GuestInRoom;
  "user:left": GuestInRoom;
  "user:typing": GuestInRoom;
  /** The same as many `user:joined` and `user:left`. */
  "room:changes": RoomChanges;
  "chat:message": ChatMessage;
  "message:new": ChatMessage;
  "message:private": PrivateMessage;
  "presence:update": PresenceUpdate;
}

/** The chat as an application for `serve`. */
export type ChatApp = App<ChatClientEvents, ChatServerEvents, Guest>;

/** Somebody's connection. */
export type ChatClient = Client<ChatServerEvents, Guest>;
