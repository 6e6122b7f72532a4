/** The servers whose features are compared: what each is started with, and how its clients talk. */

import { peers } from "../peers.ts";
import { speakCentrifugo, speakHawser, speakSocketIo, speakTopics } from "./dialects.ts";
import { type OpenStream, pollSocketIo, streamCentrifugo, streamHawser } from "./fallbacks.ts";
import { freePort } from "./free_port.ts";
import type { Speak } from "./talker.ts";

/** A feature that a row may need of a server. */
export type Feature =
  | "plain"
  | "compress"
  | "flood"
  | "wait"
  | "rooms"
  | "acks"
  | "recovery"
  | "auth"
  | "fallback"
  | "cluster";

/** A server. */
export interface Contender {
  /** Its key, and the folder of its packages. */
  readonly name: string;
  /** Its name in the table. */
  readonly label: string;
  /** npm packages, with their versions; the first one is the server itself. */
  readonly packages: readonly string[];
  /** The program that must be on the path. */
  readonly program: string | undefined;
  /** The configuration that shows a feature; where there is none, its API has no such thing. */
  readonly servers: Readonly<Partial<Record<Feature, string>>>;
  /** Features that are off until an option asks for them. */
  readonly optional?: readonly Feature[];
  /** Features that come in a package of their own. */
  readonly packaged?: readonly Feature[];
  /** Where clients connect, and what they must say first. */
  readonly hello?: { readonly target: string; readonly texts: readonly string[] };
  /** A message for the handler that waits; without one, any will do. */
  readonly waiting?: (filling: string) => string;
  /** Sends 1,024 messages of 64 KiB to the room `flood`, where the server does not by itself. */
  readonly flood?: (port: number, key: string) => Promise<void>;
  /** Talks to its application. */
  readonly speak?: Speak;
  /** Hears its application without WebSocket. */
  readonly stream?: OpenStream;
  /** Program and arguments; `extra` is a secret, or the port of what it needs. */
  command(server: string, extra: string): string[];
}

const folder = "bench/peers/features/servers";

/** The modes of the servers without an application. */
const bare = { plain: "plain", flood: "flood", wait: "wait" } as const;

/** All servers, ours first. */
export const contenders: readonly Contender[] = [
  {
    name: "hawser",
    label: "Hawser",
    packages: [],
    program: undefined,
    servers: {
      ...bare,
      compress: "compress",
      rooms: "app",
      acks: "app",
      recovery: "app",
      auth: "auth",
      fallback: "fallback",
    },
    optional: ["auth", "fallback"],
    speak: speakHawser,
    stream: streamHawser,
    command: onDeno("hawser.ts"),
  },
  {
    name: "deno",
    label: "Deno native",
    packages: [],
    program: undefined,
    servers: bare,
    command: onDeno("deno_native.ts"),
  },
  {
    name: "ws",
    label: "ws",
    packages: packagesOf("ws"),
    program: "node",
    servers: { ...bare, compress: "compress" },
    command: onNode("ws.cjs"),
  },
  {
    name: "socketio-features",
    label: "Socket.IO",
    packages: [...packagesOf("socketio"), "@socket.io/redis-adapter@8.3.0", "redis@6.3.1"],
    program: "node",
    servers: {
      ...bare,
      compress: "compress",
      rooms: "app",
      acks: "app",
      recovery: "recovery",
      fallback: "app",
      cluster: "cluster",
    },
    optional: ["recovery"],
    packaged: ["cluster"],
    hello: { target: "/socket.io/?EIO=4&transport=websocket", texts: ["40"] },
    waiting: (filling) => `42${JSON.stringify(["wait", filling])}`,
    speak: speakSocketIo,
    stream: pollSocketIo,
    command: onNode("socketio.cjs"),
  },
  {
    name: "uws",
    label: "uWebSockets.js",
    packages: packagesOf("uws"),
    program: "node",
    servers: { ...bare, compress: "compress", rooms: "app" },
    speak: speakTopics,
    command: onNode("uws.cjs"),
  },
  {
    name: "centrifugo",
    label: "Centrifugo",
    packages: [],
    program: "centrifugo",
    servers: {
      ...bare,
      compress: "compress",
      rooms: "app",
      acks: "app",
      recovery: "recovery",
      auth: "auth",
      fallback: "fallback",
      cluster: "cluster",
    },
    optional: ["recovery", "auth", "fallback", "cluster"],
    hello: {
      target: "/connection/websocket",
      texts: ['{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"flood"}}'],
    },
    waiting: (filling) => JSON.stringify({ id: 3, rpc: { method: "wait", data: filling } }),
    flood: publishToFlood,
    speak: speakCentrifugo,
    stream: streamCentrifugo,
    command: (server, extra) => ["sh", `${folder}/centrifugo.sh`, server, `${freePort()}`, extra],
  },
];

/** The same versions as for the load tests. */
function packagesOf(name: string): readonly string[] {
  return peers.find((peer) => peer.name === name)!.packages;
}

function onDeno(file: string): Contender["command"] {
  const flags = ["run", "--quiet", "--no-check", "--no-prompt", "--allow-net"];
  return (server, extra) => [Deno.execPath(), ...flags, `${folder}/${file}`, server, extra];
}

function onNode(file: string): Contender["command"] {
  return (server, extra) => ["node", `${folder}/${file}`, server, extra];
}

async function publishToFlood(port: number, key: string): Promise<void> {
  const body = JSON.stringify({ channel: "flood", data: "x".repeat(65_536) });
  const headers = { "x-api-key": key };
  for (let i = 0; i < 1_024; i++) {
    const url = `http://127.0.0.1:${port}/api/publish`;
    await (await fetch(url, { method: "POST", headers, body })).body?.cancel();
  }
}
