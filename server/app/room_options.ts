/** The option `rooms` of an application: which rooms clients may join by themselves. */

import { checkOptions, type OptionType } from "../../wire/option_checks.ts";
import type { JoinFields } from "./clients/room_entry.ts";
import type { HistoryOptions } from "./streams/history_options.ts";

/**
 * Decides whether a client may join a room that it asks for, and what it is told besides.
 *
 * @typeParam Client Who asks.
 * @param client The client, which may be in the room already and come back with a position.
 * @param room Room name, which is allowed.
 * @returns Fields of `room:joined`, beside `roomId`, `seq`, `epoch` and `recovered`; none, where it
 * returns nothing. The client's next room and event wait for a promise.
 * @throws {EventError} The client may not join, and is told this error. Any other error is answered
 * `INTERNAL`, and goes to `onError`.
 */
export type JoinRule<Client> = (client: Client, room: string) => JoinFields;

/**
 * Called when a client has joined a room or is about to leave it, and is in it at the moment.
 * Nobody waits for a promise. Errors go to `onError`.
 *
 * @typeParam Client Who joins or leaves.
 * @param client The client.
 * @param room Room name.
 */
export type RoomHandler<Client> = (client: Client, room: string) => Promise<void> | void;

/** Settings of rooms. */
export interface RoomOptions<Client> {
  /**
   * Whether clients may join rooms by themselves: `true`, all of them any room; or a function that
   * decides. A refusal is answered `FORBIDDEN`, or as the function says.
   *
   * @default {false}
   */
  join?: boolean | JoinRule<Client>;
  /**
   * Adds to what a client is told that joins by itself. It is called when the client is in the
   * room, and later joins and leaves there are told to the client: so a list of the members misses
   * nobody, on many nodes too, where events that come before `room:joined` are minded. Where it
   * fails, the client is taken out again, as if `join` had failed.
   *
   * @default Nothing.
   */
  joined?: JoinRule<Client>;
  /**
   * How much is kept of what is published in a room, or where else it is kept. `false` keeps
   * nothing: then only who has missed nothing is recovered. A history serves one application, as
   * rooms of the same name share their messages there.
   *
   * @default The last 100 messages of a room, in memory.
   */
  history?: HistoryOptions;
}

/** Settings as the application uses them. */
export interface ResolvedRoomOptions<Client> {
  /** Decides about a client that asks; `undefined`: none may join. */
  readonly mayJoin: JoinRule<Client> | undefined;
  /** Adds to what a client is told that is in the room. */
  readonly joinedFields: JoinRule<Client> | undefined;
  readonly history: HistoryOptions;
}

const optionTypes = {
  join: "function|boolean",
  joined: "function",
  history: "object|boolean",
} as const satisfies Record<keyof RoomOptions<unknown>, OptionType>;

/**
 * Checks and completes the option.
 *
 * @throws {TypeError} A setting is not known or of a wrong type.
 */
export function resolveRoomOptions<Client>(
  options: boolean | JoinRule<Client> | RoomOptions<Client>,
): ResolvedRoomOptions<Client> {
  if (typeof options !== "object") {
    return { mayJoin: ruleOf(options), joinedFields: undefined, history: {} };
  }
  checkOptions("rooms", options, optionTypes);
  const { join = false, joined, history = {} } = options;
  return { mayJoin: ruleOf(join), joinedFields: joined, history };
}

function ruleOf<Client>(join: boolean | JoinRule<Client>): JoinRule<Client> | undefined {
  if (typeof join === "function") return join;
  return join ? () => undefined : undefined;
}

/**
 * Checks what a rule has returned.
 *
 * @throws {TypeError} It is no object with fields.
 */
export function checkFields(fields: Awaited<JoinFields>): void {
  const isObject = typeof fields === "object" && fields !== null && !Array.isArray(fields);
  if (fields === undefined || isObject) return;
  throw new TypeError("Cannot join: the option rooms has returned neither an object nor nothing");
}
