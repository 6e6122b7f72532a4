/** The table of who may import whom. */

/** What the files of one folder may import. */
export interface ImportRule {
  /** A folder, which ends in a slash, or one file. The first rule that fits a file counts. */
  readonly folder: string;
  /** Folders, files and packages, these with their subpaths; `node:` stands for all of Node. */
  readonly imports: readonly string[];
  /** Files that may be imported by `import type` only. */
  readonly types?: readonly string[];
}

/** Tests and benchmarks may import anything, and have no rules; nothing here imports them. */
export const importRules: readonly ImportRule[] = [
  { folder: "protocol/deflate.ts", imports: ["protocol/", "pako"] },
  { folder: "protocol/", imports: ["protocol/"] },
  { folder: "server/types.ts", imports: [] },
  { folder: "server/contain.ts", imports: [] },
  { folder: "server/network.ts", imports: [] },
  { folder: "server/announce.ts", imports: [] },
  { folder: "server/overflow.ts", imports: [] },
  { folder: "server/origin_notice.ts", imports: ["server/types.ts"] },
  { folder: "server/fetched_response.ts", imports: [] },
  {
    folder: "server/options.ts",
    imports: ["protocol/", "server/contain.ts", "server/types.ts"],
    types: ["server/app/", "server/net/log_records.ts"],
  },
  { folder: "server/shutdown.ts", imports: ["protocol/"] },
  {
    folder: "server/net/listen/",
    imports: ["protocol/", "server/net/listen/", "server/network.ts"],
    types: ["server/net/counters.ts", "server/net/turns.ts", "server/types.ts"],
  },
  {
    folder: "server/net/http/",
    imports: [
      "protocol/",
      "server/contain.ts",
      "server/fetched_response.ts",
      "server/net/http/",
      "server/net/listen/",
      "server/net/memory_budget.ts",
      "server/net/origin.ts",
      "server/types.ts",
      "@std/http",
    ],
    types: ["server/net/"],
  },
  {
    folder: "server/net/websocket/",
    imports: [
      "protocol/",
      "server/contain.ts",
      "server/net/count_labels.ts",
      "server/net/deadlines.ts",
      "server/net/members.ts",
      "server/net/memory_budget.ts",
      "server/net/origin.ts",
      "server/net/read_buffers.ts",
      "server/net/traffic.ts",
      "server/net/websocket/",
      "server/overflow.ts",
      "server/types.ts",
    ],
    types: ["server/net/"],
  },
  {
    folder: "server/net/",
    imports: [
      "protocol/",
      "server/net/",
      "server/network.ts",
      "server/origin_notice.ts",
      "server/types.ts",
      "node:process",
    ],
  },
  {
    folder: "server/app/events/",
    imports: ["protocol/option_checks.ts", "server/app/events/", "server/contain.ts"],
    types: ["server/app/streams/position.ts"],
  },
  {
    folder: "server/app/limits/",
    imports: ["protocol/option_checks.ts", "server/app/limits/", "server/network.ts"],
    types: ["server/app/events/"],
  },
  {
    folder: "server/app/stats/",
    imports: ["server/app/stats/"],
    types: ["server/app/auth/", "server/app/events/"],
  },
  { folder: "server/app/rooms/", imports: ["server/app/rooms/"] },
  {
    folder: "server/app/streams/",
    imports: ["protocol/option_checks.ts", "server/app/events/", "server/app/streams/"],
    types: ["server/types.ts"],
  },
  {
    folder: "server/app/clients/",
    imports: [
      "protocol/option_checks.ts",
      "server/app/clients/",
      "server/app/clock.ts",
      "server/app/events/",
      "server/app/limits/",
      "server/app/promised.ts",
      "server/app/rooms/",
      "server/app/streams/",
      "server/contain.ts",
    ],
    types: ["server/app/auth/", "server/app/peer.ts", "server/types.ts"],
  },
  {
    folder: "server/app/presence/",
    imports: [
      "protocol/option_checks.ts",
      "server/app/clients/",
      "server/app/events/",
      "server/app/presence/",
      "server/app/rooms/",
    ],
  },
  {
    folder: "server/app/auth/",
    imports: [
      "protocol/option_checks.ts",
      "server/app/auth/",
      "server/app/clock.ts",
      "server/app/limits/",
      "server/app/timeouts.ts",
      "server/contain.ts",
      "server/network.ts",
      "@std/crypto",
      "jose",
    ],
    types: ["server/app/clients/", "server/app/events/", "server/app/peer.ts", "server/types.ts"],
  },
  {
    folder: "server/app/",
    imports: ["protocol/option_checks.ts", "server/app/", "server/contain.ts"],
    types: ["server/types.ts"],
  },
  {
    folder: "server/wires/json/",
    imports: ["server/app/events/", "server/wires/json/"],
    types: ["server/app/", "server/types.ts"],
  },
  {
    folder: "server/wires/fallback/",
    imports: [
      "server/app/limits/",
      "server/contain.ts",
      "server/fetched_response.ts",
      "server/network.ts",
      "server/origin_notice.ts",
      "server/overflow.ts",
      "server/wires/fallback/",
      "server/wires/http_answer.ts",
      "server/wires/json/",
    ],
    types: ["server/app/", "server/types.ts"],
  },
  {
    folder: "server/wires/publish/",
    imports: [
      "server/app/events/",
      "server/wires/http_answer.ts",
      "server/wires/json/",
      "server/wires/publish/",
    ],
    types: ["server/app/", "server/types.ts"],
  },
  {
    folder: "server/wires/",
    imports: ["server/wires/"],
    types: ["server/app/", "server/types.ts"],
  },
  {
    folder: "server/socketio/",
    imports: [
      "protocol/option_checks.ts",
      "server/app/",
      "server/origin_notice.ts",
      "server/socketio/",
      "server/types.ts",
      "server/wires/fallback/peer_queue.ts",
      "server/wires/http_answer.ts",
      "server/wires/json/parse_json.ts",
      "wire/",
    ],
  },
  {
    folder: "server/operations/",
    imports: ["protocol/option_checks.ts", "server/operations/"],
    types: ["server/app/", "server/net/", "server/types.ts"],
  },
  {
    folder: "server/sqlite/",
    imports: ["protocol/option_checks.ts", "server/app/", "server/sqlite/", "node:sqlite"],
  },
  { folder: "server/redis/", imports: ["server/app/", "server/redis/", "@redis/client"] },
  {
    folder: "server/serve.ts",
    imports: [
      "server/announce.ts",
      "protocol/",
      "server/app/",
      "server/contain.ts",
      "server/net/",
      "server/operations/",
      "server/options.ts",
      "server/shutdown.ts",
      "server/socketio/",
      "server/types.ts",
      "server/wires/",
    ],
  },
  {
    folder: "mod.ts",
    imports: [
      "protocol/mod.ts",
      "server/app/",
      "server/net/",
      "server/operations/",
      "server/options.ts",
      "server/serve.ts",
      "server/shutdown.ts",
      "server/types.ts",
    ],
  },
  {
    folder: "client/transports/",
    imports: [
      "client/close_code.ts",
      "client/deferred.ts",
      "client/errors.ts",
      "client/message.ts",
      "client/transports/",
    ],
    types: ["client/"],
  },
  { folder: "client/", imports: ["client/"] },
  { folder: "examples/", imports: ["@hawser/ws", "examples/", "hono", "jose", "node:", "valibot"] },
  { folder: "tools/std/testing/", imports: ["@std/assert", "tools/std/testing/"] },
  { folder: "tools/", imports: ["node:", "tools/"] },
];
