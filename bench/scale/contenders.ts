/** The servers that are measured: two nodes of each share one room over one Redis. */

import type { Dialect } from "../peers/loads.ts";
import type { Peer } from "../peers/peers.ts";

/** A server, of which every node is one process. */
export interface Contender extends Pick<Peer, "name" | "label" | "packages" | "program"> {
  /** How its clients speak. */
  readonly dialect: Dialect;
  /** Program and arguments of a node. */
  command(redis: string): string[];
}

const socketioPackages = ["socket.io@4.8.4", "redis@6.3.1", "bufferutil@4.1.0"];

/** All, ours first. */
export const contenders: readonly Contender[] = [
  hawser("hawser", "Hawser", "json"),
  hawser("hawser-socketio", "Hawser, Socket.IO's wire", "socketio"),
  socketio("redis", "Socket.IO, Redis adapter", "@socket.io/redis-adapter@8.3.0"),
  socketio("streams", "Socket.IO, Redis Streams adapter", "@socket.io/redis-streams-adapter@0.3.1"),
];

function hawser(name: string, label: string, dialect: Dialect): Contender {
  const permissions = ["--allow-net", "--allow-read", "--allow-env"];
  return {
    name,
    label,
    dialect,
    packages: [],
    program: undefined,
    command: (redis) => [
      Deno.execPath(),
      ...["run", "--quiet", "--no-check", "--no-prompt", ...permissions],
      ...["bench/scale/servers/hawser.ts", "--port", "0", "--redis", redis],
    ],
  };
}

function socketio(kind: "redis" | "streams", label: string, adapter: string): Contender {
  return {
    name: `socketio-${kind}`,
    label,
    dialect: "socketio",
    packages: [adapter, ...socketioPackages],
    program: "node",
    command: (redis) => ["node", "bench/scale/servers/socketio.cjs", kind, "--redis", redis],
  };
}
