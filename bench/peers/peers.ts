/** The servers that are compared: what each can do, needs and is started with. */

import type { Dialect, Load } from "./loads.ts";

/** A server. */
export interface Peer {
  /** Its key. */
  readonly name: string;
  /** Its name in tables. */
  readonly label: string;
  /** How its rooms' clients speak. */
  readonly dialect: Dialect;
  /** npm packages, with their versions; the first one is the peer itself. */
  readonly packages: readonly string[];
  /** `node`, where that runs it. */
  readonly program: string | undefined;
  /** No server, but the floor under ours: it has no rules to ask about. */
  readonly isFloor?: true;
  /** Whether it can do what the load asks for. */
  can(load: Load): boolean;
  /** Program and arguments. `modules` is the folder in which its packages are. */
  command(load: Load, modules: string): string[];
}

const node = "node";

const bunPackage = `@oven/bun-linux-${Deno.build.arch === "aarch64" ? "aarch64" : "x64"}`;

/** Our server, which everything is compared with. */
const hawser: Peer = {
  name: "hawser",
  label: "Hawser",
  dialect: "json",
  packages: [],
  program: undefined,
  can: () => true,
  command: ({ kind, wire, compress, lent }) => [
    Deno.execPath(),
    ...["run", "--quiet", "--no-check", "--no-prompt"],
    ...["--allow-net", "--allow-read", "--allow-env=HAWSER_*"],
    `bench/servers/${wire ?? kind}.ts`,
    ...(compress === true ? ["--compress", "--compress-threshold", "0"] : []),
    ...(lent === true ? ["--lent"] : []),
    ...["--port", "0"],
  ],
};

/** All servers, ours first. */
export const peers: readonly Peer[] = [
  hawser,
  {
    name: "sockets",
    label: "Deno sockets",
    isFloor: true,
    dialect: "json",
    packages: [],
    program: undefined,
    can: (load) => isPlain(load) && load.compress !== true,
    command: (load) => onDeno("deno_sockets.ts", load),
  },
  {
    name: "deno",
    label: "Deno native",
    dialect: "json",
    packages: [],
    program: undefined,
    can: (load) => load.kind === "get" || isPlain(load) && load.compress !== true,
    command: (load) => onDeno(load.kind === "get" ? "deno_get.ts" : "deno_native.ts", load),
  },
  {
    name: "ws",
    label: "ws",
    dialect: "json",
    // The native module that `ws` recommends; it takes it by itself.
    packages: ["ws@8.23.0", "bufferutil@4.1.0"],
    program: node,
    can: isPlain,
    command: (load) => onNode("ws.cjs", load),
  },
  {
    name: "node",
    label: "Node's http",
    dialect: "json",
    packages: [],
    program: node,
    can: ({ kind }) => kind === "get" || kind === "sse",
    command: (load) => onNode("node_http.cjs", load),
  },
  {
    name: "bun",
    label: "Bun",
    dialect: "json",
    packages: [`${bunPackage}@1.4.5`],
    program: undefined,
    can: isPlain,
    command: ({ kind, compress }, modules) => [
      `${modules}/${bunPackage}/bin/bun`,
      ...["bench/peers/servers/bun.cjs", kind],
      ...(compress === true ? ["--compress"] : []),
    ],
  },
  {
    name: "uws",
    label: "uWebSockets.js",
    dialect: "json",
    packages: ["@trufflesuite/uws-js-unofficial@20.30.0-unofficial.0"],
    program: node,
    can: isPlain,
    command: (load) => onNode("uws.cjs", load),
  },
  {
    name: "socketio",
    label: "Socket.IO",
    dialect: "socketio",
    packages: ["socket.io@4.8.4", "bufferutil@4.1.0"],
    program: node,
    can: ({ kind, wire }) => kind === "room" || wire === "socketio",
    command: (load) => onNode("socketio.cjs", load),
  },
];

/** WebSocket, without rooms, or a wire, of its own. */
function isPlain({ kind, wire }: Load): boolean {
  return (kind === "echo" || kind === "fanout") && wire === undefined;
}

function onDeno(file: string, { kind }: Load): string[] {
  return [
    Deno.execPath(),
    ...["run", "--quiet", "--no-check", "--no-prompt", "--allow-net", "--allow-read"],
    `bench/peers/servers/${file}`,
    kind,
  ];
}

function onNode(file: string, { kind, compress }: Load): string[] {
  const flags = compress === true ? ["--compress"] : [];
  return [node, `bench/peers/servers/${file}`, kind, ...flags];
}
