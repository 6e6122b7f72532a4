/** The loads: what the generator is asked to do, and what a figure of each stands for. */

import { selectByName } from "./select.ts";

/** The task of the server. */
export type Kind = "echo" | "fanout" | "room" | "get" | "sse";

/** One load. */
export interface Load {
  /** Names it on the command line. */
  readonly name: string;
  /** Names it in tables. */
  readonly title: string;
  /** The task of the server. */
  readonly kind: Kind;
  /** Flags of the generator, but for the address and the time. */
  readonly args: readonly string[];
  /** Connections that are open at the same time. */
  readonly connections: number;
  /** The unit of its cost. */
  readonly unit: Unit;
  /** Over the wire of Socket.IO, whatever else the server speaks. */
  readonly wire?: "socketio";
  /** Over TLS. */
  readonly tls?: boolean;
  /** Seconds before counting, where more than one is needed. */
  readonly warmUp?: number;
  /** Our server lends its handler the messages, as uWebSockets.js does. */
  readonly lent?: boolean;
  /** With permessage-deflate; bytes on the wire are reported too. */
  readonly compress?: boolean;
}

/** The unit of a cost. */
export type Unit = "us/message" | "us/delivery" | "us/connection" | "KB/connection";

/** A member's message, once in each server's own words. */
const roomMessage = { text: "Casting off at noon, tide permitting" };

/** How a client of each wire joins the room, and what it then says. */
export const roomDialects = {
  json: {
    path: "/",
    hello: JSON.stringify({ type: "enter" }),
    text: JSON.stringify({ type: "say", ...roomMessage }),
  },
  socketio: {
    path: "/socket.io/?EIO=4&transport=websocket",
    hello: "40",
    text: `42${JSON.stringify(["say", roomMessage])}`,
  },
} as const;

/** How a client of Socket.IO connects: the engine opens, then the namespace lets it in. */
const greeting = [
  ...["--path", roomDialects.socketio.path, "--hello", roomDialects.socketio.hello],
  ...["--greetings", "2"],
];

/** Packets of Socket.IO: an event and what acknowledges it. */
const acknowledged = {
  text: {
    event: `420${JSON.stringify(["echo", roomMessage])}`,
    answer: `430${JSON.stringify([roomMessage])}`,
  },
  binary: {
    event: '451-0["echo",{"_placeholder":true,"num":0}]',
    answer: '461-0[{"_placeholder":true,"num":0}]',
  },
} as const;

/** A client that polls: it enters the namespace, sends one event, and has its answer. */
const polling = [
  ...["--mode", "poll", "--path", "/socket.io/?EIO=4&transport=polling"],
  ...["--hello", roomDialects.socketio.hello],
  ...["--text", acknowledged.text.event, "--answer", acknowledged.text.answer],
];

/**
 * How long connections are idle before they are measured, in seconds: some runtimes give back by
 * then what they took while all connected, and ours sends its first pings after 25.
 */
const idleFor = 24;

/** How a room's clients speak. */
export type Dialect = keyof typeof roomDialects;

/** All loads, in the order of the tables. */
export const loads: readonly Load[] = [
  echo("echo-32", "Echo 32 B", "-s 32 -p 1"),
  echo("echo-32-p16", "Echo 32 B, 16 in flight", "-s 32 -p 16"),
  echo("echo-1k", "Echo 1 KiB binary", "-s 1024 -p 1 --binary"),
  echo("echo-1k-p16", "Echo 1 KiB binary, 16 in flight", "-s 1024 -p 16 --binary"),
  echo("echo-16k", "Echo 16 KiB binary, 2 in flight", "-s 16384 -p 2 --binary"),
  echo("echo-1m", "Echo 1 MiB binary", "-s 1048576 -p 1 --binary", 8),
  { ...echo("echo-16k-lent", "Echo 16 KiB, lent", "-s 16384 -p 2 --binary"), lent: true },
  { ...echo("echo-1m-lent", "Echo 1 MiB, lent", "-s 1048576 -p 1 --binary", 8), lent: true },
  fanout("fanout-500", "Fan-out to 500", 1, 500),
  fanout("fanout-500-p16", "Fan-out to 500, 16 in flight", 16, 500),
  fanout("fanout-5000", "Fan-out to 5,000", 1, 5_000),
  fanout("fanout-5000-p16", "Fan-out to 5,000, 16 in flight", 16, 5_000),
  room("room-500", "Room of 500, JSON event", 1),
  room("room-500-p16", "Room of 500, 16 in flight", 16),
  overSocketIo("socketio-echo", "Socket.IO: echo, acknowledged", "text", 1),
  overSocketIo("socketio-echo-p16", "Socket.IO: echo, 16 in flight", "text", 16),
  overSocketIo("socketio-1k", "Socket.IO: echo 1 KiB binary", "binary", 1),
  { ...room("socketio-500", "Socket.IO: room of 500", 1), wire: "socketio" },
  { ...room("socketio-500-p16", "Socket.IO: room, 16 in flight", 16), wire: "socketio" },
  {
    name: "socketio-idle",
    title: "Socket.IO: idle, 5,000 clients",
    kind: "echo",
    args: ["--mode", "hold", ...greeting],
    connections: 5_000,
    unit: "KB/connection",
    wire: "socketio",
    warmUp: idleFor,
  },
  {
    name: "socketio-churn",
    title: "Socket.IO: connect and close",
    kind: "echo",
    args: ["--mode", "churn", ...greeting],
    connections: 16,
    unit: "us/connection",
    wire: "socketio",
  },
  {
    name: "socketio-churn-polling",
    title: "Socket.IO: the same by polling",
    kind: "echo",
    args: polling,
    connections: 16,
    unit: "us/connection",
    wire: "socketio",
    warmUp: 10,
  },
  {
    name: "idle-9000",
    title: "Idle, 9,000 connections",
    kind: "echo",
    args: ["--mode", "hold"],
    connections: 9_000,
    unit: "KB/connection",
    warmUp: idleFor,
  },
  {
    name: "get",
    title: "GET of 13 bytes",
    kind: "get",
    args: ["--mode", "get", "--text", "Hello, World!"],
    connections: 64,
    unit: "us/message",
    warmUp: 5,
  },
  {
    name: "sse-500",
    title: "Event to 500 event streams",
    kind: "sse",
    // One more asks for each event.
    args: ["--mode", "sse", "--path", "/sse", "--hello", "/say", "--text", roomDialects.json.text],
    connections: 501,
    unit: "us/delivery",
    warmUp: 5,
  },
  {
    name: "churn",
    title: "Connect, handshake, close",
    kind: "echo",
    args: ["--mode", "churn"],
    connections: 16,
    unit: "us/connection",
  },
  { ...echo("tls-32", "Echo 32 B over TLS", "-s 32 -p 1 --tls"), tls: true },
  { ...echo("json-deflate", "Echo JSON 118 B, compressed", "-p 1 --deflate"), compress: true },
  {
    ...echo("json-deflate-128k", "Echo JSON 128 KiB, compressed", "-p 1 --deflate --lines 1111", 8),
    compress: true,
  },
];

function echo(name: string, title: string, args: string, connections = 64): Load {
  return {
    name,
    title,
    kind: "echo",
    args: ["--mode", "echo", ...args.split(" ")],
    connections,
    unit: "us/message",
  };
}

function overSocketIo(
  name: string,
  title: string,
  content: keyof typeof acknowledged,
  inFlight: number,
): Load {
  const { event, answer } = acknowledged[content];
  const attachment = content === "binary" ? ["--attach", "-s", "1024"] : [];
  const load = echo(name, title, `-p ${inFlight}`);
  const args = [...load.args, ...greeting, "--text", event, "--answer", answer, ...attachment];
  return { ...load, args, wire: "socketio" };
}

function fanout(name: string, title: string, inFlight: number, connections: number): Load {
  return {
    name,
    title,
    kind: "fanout",
    args: ["--mode", "fan", "-s", "32", "-p", String(inFlight)],
    connections,
    unit: "us/delivery",
  };
}

function room(name: string, title: string, inFlight: number): Load {
  return {
    name,
    title,
    kind: "room",
    args: ["--mode", "fan", "-p", String(inFlight)],
    connections: 500,
    unit: "us/delivery",
  };
}

/**
 * Chooses loads.
 *
 * @param globs Names in which `*` stands for anything; none chooses all.
 * @returns The loads whose name fits one of them, in the order of the tables.
 * @throws {RangeError} One of them fits no load.
 */
export function selectLoads(globs: readonly string[]): readonly Load[] {
  return selectByName(loads, globs, "loads");
}

/**
 * Writes the generator's flags for a load.
 *
 * @param load The load.
 * @param dialect How the server's clients speak, where it has rooms.
 * @returns Flags, but for the address and the time.
 */
export function generatorArgs(load: Load, dialect: Dialect): string[] {
  const args = ["-c", String(load.connections), ...load.args];
  if (load.kind === "room") {
    const { path, hello, text } = roomDialects[load.wire ?? dialect];
    args.push("--path", path, "--hello", hello, "--text", text);
  }
  return args;
}
