/** Messages and questions between nodes, as text: a line of JSON, and behind it the data. */

import type { Selection } from "../clients/selection.ts";

/** A message of one node to others. */
export type NodeMessage =
  | {
    readonly type: "emit";
    readonly selection: Selection;
    readonly event: string;
    /** The data, as `Outgoing.text` has it. */
    readonly text: string;
  }
  | { readonly type: "join" | "leave"; readonly selection: Selection; readonly room: string }
  | {
    readonly type: "disconnect";
    readonly selection: Selection;
    readonly code?: number | undefined;
    readonly reason?: string | undefined;
  }
  | {
    readonly type: "presence";
    readonly room: string;
    readonly userId: string;
    readonly status: "online" | "offline";
  }
  | { readonly type: "event"; readonly event: string; readonly text: string };

/** A question of one node to others. */
export type NodeQuestion =
  | {
    readonly type: "ack";
    readonly selection: Selection;
    readonly event: string;
    readonly text: string;
    readonly timeout: number;
  }
  | { readonly type: "members"; readonly selection: Selection; readonly limit: number }
  | { readonly type: "total"; readonly selection: Selection };

/** Writes a message or question. */
export function encodeNodeMessage(message: NodeMessage | NodeQuestion): string {
  if (!("text" in message)) return JSON.stringify(message);
  const { text, ...head } = message;
  // The data is JSON already, and not to be escaped as a string within JSON.
  return `${JSON.stringify(head)}\n${text}`;
}

/**
 * Reads what another node has sent.
 *
 * @throws {TypeError | SyntaxError} It cannot be read.
 */
export function decodeNodeMessage(encoded: string): NodeMessage | NodeQuestion {
  const end = encoded.indexOf("\n");
  const head: unknown = JSON.parse(end < 0 ? encoded : encoded.slice(0, end));
  if (typeof head !== "object" || head === null) throw unreadable();
  const message = end < 0 ? head : { ...head, text: encoded.slice(end + 1) };
  if (!("type" in message) || typeof message.type !== "string") throw unreadable();
  const fields = fieldsByType.get(message.type);
  if (fields === undefined || !fields.every((field) => fits(field, message))) throw unreadable();
  // The cast: it has been checked field by field.
  return message as NodeMessage | NodeQuestion;
}

type Field = "selection" | "event" | "text" | "room" | "userId" | "status" | "timeout" | "limit";

const fieldsByType: ReadonlyMap<string, readonly Field[]> = new Map<string, Field[]>([
  ["emit", ["selection", "event", "text"]],
  ["join", ["selection", "room"]],
  ["leave", ["selection", "room"]],
  ["disconnect", ["selection"]],
  ["presence", ["room", "userId", "status"]],
  ["event", ["event", "text"]],
  ["ack", ["selection", "event", "text", "timeout"]],
  ["members", ["selection", "limit"]],
  ["total", ["selection"]],
]);

function fits(field: Field, message: object): boolean {
  const value: unknown = Reflect.get(message, field);
  if (field === "selection") return isSelection(value);
  if (field === "timeout" || field === "limit") return typeof value === "number" && value >= 0;
  if (field === "status") return value === "online" || value === "offline";
  return typeof value === "string";
}

function isSelection(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const lists = ["rooms", "users", "clients", "except"];
  return lists.every((name) => {
    const list: unknown = Reflect.get(value, name);
    return Array.isArray(list) && list.every((each) => typeof each === "string");
  });
}

function unreadable(): TypeError {
  return new TypeError("Cannot read a message of another node");
}
