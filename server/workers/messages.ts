/** Messages between a worker and the first thread. */

import type { EventError } from "../app/events/errors.ts";
import type { NodeInfo, Replies, Topic } from "../app/streams/broker.ts";
import type { HistoryPage } from "../app/streams/history.ts";
import type { JoinFrom, Position } from "../app/streams/position.ts";

/** A request of a worker that waits for its answer. */
export interface Calls {
  follow: { args: [topic: Topic]; result: void };
  publish: { args: [room: string, event: string, data: string]; result: Position };
  read: { args: [room: string, since: JoinFrom, limit: number]; result: HistoryPage };
  current: { args: [room: string]; result: Position };
  enter: { args: [room: string, userId: string]; result: boolean };
  leave: { args: [room: string, userId: string]; result: boolean };
  users: { args: [room: string, limit: number]; result: string[] };
  count: { args: [room: string]; result: number };
  ask: { args: [topic: Topic, message: string, timeout: number]; result: Replies };
}

/** A call, with what it takes. */
export type Call = {
  [Name in keyof Calls]: { readonly name: Name; readonly args: Calls[Name]["args"] };
}[keyof Calls];

/** Why a call has failed. */
export interface CallFailure {
  /** Missing where it was no `EventError`. */
  readonly code: EventError["code"] | undefined;
  readonly message: string;
}

/**
 * From a worker. `link` counts the links that it has made; a link that has ended sends nothing any
 * more.
 */
export type WorkerMessage =
  | { readonly type: "hello"; readonly info: NodeInfo }
  | { readonly type: "link"; readonly link: number; readonly scope: string }
  | { readonly type: "unlink"; readonly link: number }
  | { readonly type: "call"; readonly link: number; readonly id: number; readonly call: Call }
  | { readonly type: "unfollow"; readonly link: number; readonly topic: Topic }
  | {
    readonly type: "tell";
    readonly link: number;
    readonly topic: Topic;
    readonly message: string;
  }
  | {
    readonly type: "answer";
    readonly link: number;
    readonly id: number;
    /** Missing where `asked` has rejected. */
    readonly reply: string | undefined;
  }
  /** Clients are served. */
  | { readonly type: "serving" }
  /** It leaves; nothing follows. */
  | { readonly type: "bye" };

/** From the first thread. */
export type SwitchboardMessage =
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly failure: CallFailure }
  | {
    readonly type: "published";
    readonly link: number;
    readonly room: string;
    readonly position: Position;
    readonly event: string;
    readonly data: string;
  }
  | {
    readonly type: "stands";
    readonly link: number;
    readonly room: string;
    readonly position: Position;
  }
  | {
    readonly type: "told";
    readonly link: number;
    readonly message: string;
    readonly from: string;
  }
  | {
    readonly type: "asked";
    readonly link: number;
    readonly id: number;
    readonly message: string;
    readonly from: string;
  }
  | {
    readonly type: "vanished";
    readonly link: number;
    readonly room: string;
    readonly userId: string;
  }
  /** Something that this worker has told did not reach another one. */
  | { readonly type: "dropped" }
  | { readonly type: "nodes"; readonly nodes: readonly NodeInfo[] }
  | { readonly type: "gone"; readonly node: string; readonly how: "lost" | "left" }
  | { readonly type: "shutdown" };

/** Bytes that a message is counted for: its texts, and what is around them. */
export function sizeOf(...texts: string[]): number {
  return texts.reduce((sum, { length }) => sum + length * 2, 100);
}
