/** The seam between an application and the system that carries its rooms between nodes. */

import type { HistoryPage } from "./history.ts";
import type { JoinFrom, Position } from "./position.ts";
import type { Presence } from "../presence/presence.ts";

/**
 * The address of a message between nodes: the nodes that follow it get the message. A room and a
 * user are followed by the nodes on which they have clients; `"all"` and a node's own topic are
 * followed by every node from the beginning. The name after the colon may hold any character.
 */
export type Topic = "all" | `room:${string}` | `user:${string}` | `node:${string}`;

/** `"down"` while other nodes cannot be reached. */
export type BrokerState = "up" | "down";

/** A message of a room's stream, without its position. */
export interface BrokerMessage {
  /** Event name. */
  readonly event: string;
  /** The event's data, as text; see {@linkcode HistoryMessage}. */
  readonly data: string;
}

/** A living node. */
export interface NodeInfo {
  /** Its name: eight letters and digits, new at every start of a process or worker. */
  readonly node: string;
  /** When it was started, in milliseconds since 1970, by its own clock. */
  readonly startedAt: number;
}

/** The replies of other nodes to a question. */
export interface Replies {
  /** One of each node that has replied, in the order in which they came. */
  readonly replies: readonly string[];
  /**
   * How many nodes got the question and have not replied: their time ran out, they have gone, or
   * `asked` has failed there.
   */
  readonly missing: number;
}

/** Counts since the start, and what goes on at the moment. */
export interface BrokerStats {
  /** Living nodes, this one too. */
  readonly nodes: number;
  /** Messages that were stored in streams. */
  readonly published: number;
  /** Messages that could not be stored. */
  readonly rejected: number;
  /** Messages that wait to be stored. */
  readonly waiting: number;
  /** Messages that were sent to other nodes. */
  readonly told: number;
  /** Messages that have come from other nodes. */
  readonly heard: number;
  /** Messages to other nodes that were dropped, as the broker was down. */
  readonly dropped: number;
  /** Messages that were not this program's, of another version, or could not be read. */
  readonly foreign: number;
  /** Questions that were sent to other nodes. */
  readonly questions: number;
  /** Replies to them that have not come. */
  readonly missing: number;
  /** Times that a lost connection was made again. */
  readonly reconnections: number;
  /** Commands that the system between the nodes has answered with an error. */
  readonly refused: number;
}

/**
 * Receives the reports of a broker for one scope. None of these throws; `asked` may reject.
 * A broker may call each of them at any time after `link` has returned, also from within one of the
 * link's methods.
 */
export interface BrokerEars {
  /**
   * A message was stored in the stream of a room that this node follows: the messages of all nodes,
   * its own too. Each comes at least once, unless it is lost on the way. They usually come in the
   * order of their numbers, but a broker need not hold this: the application puts them into order,
   * drops doubles, and reads what is missing.
   */
  published(room: string, position: Position, message: BrokerMessage): void;
  /**
   * The stream of a room stands here, as the broker has found by looking: after a cut, or now and
   * then. The application reads what it has not got, or starts anew where the epoch is another.
   */
  stands(room: string, position: Position): void;
  /** Another node has told something to a topic that this one follows. */
  told(message: string, from: string): void;
  /**
   * Another node has asked something.
   *
   * @returns The reply. Where it rejects, this node's reply is missing.
   */
  asked(message: string, from: string): Promise<string>;
  /** A node has died (`"lost"`), or has told that it leaves. */
  gone(node: string, how: "lost" | "left"): void;
  /**
   * A user is in a room no more, as the node that has kept it there has died; the empty room name
   * is the application as a whole. Called on exactly one node, which tells the others.
   */
  vanished(room: string, userId: string): void;
  /**
   * A user was reported as vanished, and is in the room still: the node that keeps it there had
   * only stood still. Called on this node, which tells the others.
   */
  appeared(room: string, userId: string): void;
  /** Other nodes can be reached again, or not any more. */
  state(state: BrokerState): void;
}

/**
 * One application's access to a broker. Applications of different scopes share nothing: neither
 * rooms, nor users, nor messages.
 */
export interface BrokerLink {
  /** Names this node, the same in all links of a broker: see {@linkcode NodeInfo}. */
  readonly node: string;
  /**
   * `true` where there is no other node and never will be: the application saves the work of
   * encoding what nobody would get.
   */
  readonly isAlone: boolean;
  /** Presence, over all nodes. */
  readonly presence: Presence;
  /**
   * Numbers a message, stores it, and sends it to all nodes that follow the room, in one step. The
   * messages of one node to one room take their numbers in the order of the calls.
   *
   * @param room Room name.
   * @param event Event name.
   * @param data The data of the event, as text.
   * @returns Its position; where this node follows the room, `published` was called for it before,
   * or will be. Rejects where it could not be stored, or it is not known whether it was: with an
   * {@linkcode EventError} `UNAVAILABLE` where the broker is down.
   */
  publish(room: string, event: string, data: string): Promise<Position>;
  /**
   * Reads what follows a position, or the newest messages, without a hole; see {@linkcode History}.
   * It sees each message for which `published` was called or `publish` has resolved here.
   */
  read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage>;
  /** Tells where a room's stream stands; see {@linkcode History.current}. */
  current(room: string): Promise<Position>;
  /**
   * Follows a topic; does nothing where it is followed already. It stays followed over all cuts
   * until `unfollow`, also where the promise rejects: then the broker goes on trying.
   *
   * @returns Resolves when what is sent to the topic from now on comes here. Rejects where the
   * broker cannot do this at the moment.
   */
  follow(topic: Topic): Promise<void>;
  /** Follows a topic no more. A message that is on its way may come still. */
  unfollow(topic: Topic): void;
  /**
   * Sends a message to all other nodes that follow a topic: at most once, in the order of the calls
   * per topic. While the broker is down, it is dropped and counted.
   */
  tell(topic: Topic, message: string): void;
  /**
   * Asks all other nodes that follow a topic.
   *
   * @param timeout Milliseconds after which the replies that are missing are not waited for.
   * @returns One reply a node, as soon as none is missing or the time is over. Rejects with an
   * {@linkcode EventError} `UNAVAILABLE` where the question cannot be sent.
   */
  ask(topic: Topic, message: string, timeout: number): Promise<Replies>;
  /** Lists the living nodes; this one comes first. */
  nodes(): readonly NodeInfo[];
  /**
   * Ends the access: nothing is called any more. The scope may be linked again at once, before the
   * promise resolves; calls of `presence` that were made before take effect.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Carries the rooms of applications between nodes: streams, presence, and messages among the nodes
 * themselves. `memoryBroker` is the default and the reference.
 *
 * - **One step.** A message is numbered, stored and sent to the followers in one step. Nobody is
 * told
 *   of a message that is not stored, and no two messages of an epoch have the same number.
 * - **One way in.** The publisher's own node gets its message by `published`, as all others do.
 * - **Epochs.** They hold as for a {@linkcode History}: where a stream was lost, it has another
 * one.
 * - **No echo.** A node does not get its own messages and questions.
 *
 * A broker comes with its history and its presence, as a number is given where a message is stored.
 */
export interface Broker extends AsyncDisposable {
  /** Whether other nodes can be reached. */
  readonly state: BrokerState;
  /**
   * Opens the access of one application.
   *
   * @param scope Name of the application's namespace; `"/"` for the application itself.
   * @param ears Called with messages and changes.
   * @throws {TypeError} The scope is linked already, or the broker is closed.
   */
  link(scope: string, ears: BrokerEars): BrokerLink;
  /**
   * Begins to connect; a server calls it when it starts to serve the application. It does not wait
   * for the outside system: calls before that wait, as they do after a cut.
   *
   * @returns Resolves at the first connection. Rejects where there never will be one.
   */
  start?(): Promise<void>;
  /** Returns a snapshot of the counts. */
  stats(): BrokerStats;
  /**
   * Stores what waits, tells the other nodes that this one leaves, and closes. Does nothing the
   * second time. Rejects where something cannot be closed.
   */
  [Symbol.asyncDispose](): Promise<void>;
}
