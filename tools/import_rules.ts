/** The table of who may import whom. */

/** What the files of one room may import. */
export interface ImportRule {
  /** A folder, which ends in a slash, or one file. The first rule that fits a file counts. */
  readonly room: string;
  /** Folders, files and packages, these with their subpaths; `node:` stands for all of Node. */
  readonly imports: readonly string[];
  /** Files that may be imported by `import type` only. */
  readonly types?: readonly string[];
}

/** Tests and benchmarks may import anything, and have no rules; nothing here imports them. */
export const importRules: readonly ImportRule[] = [
  { room: "protocol/deflate.ts", imports: ["protocol/", "pako"] },
  { room: "protocol/", imports: ["protocol/"] },
  { room: "server/types.ts", imports: [] },
  { room: "server/contain.ts", imports: [] },
  { room: "server/network.ts", imports: [] },
  { room: "server/announce.ts", imports: [] },
  { room: "server/overflow.ts", imports: [] },
  { room: "server/origin_notice.ts", imports: ["server/types.ts"] },
  { room: "server/fetched_response.ts", imports: [] },
  {
    room: "server/options.ts",
    imports: ["protocol/", "server/contain.ts", "server/types.ts"],
    types: ["server/app/", "server/net/log_records.ts"],
  },
  { room: "server/shutdown.ts", imports: ["protocol/"] },
  {
    room: "server/net/",
    imports: [
      "protocol/",
      "server/contain.ts",
      "server/net/",
      "server/network.ts",
      "server/origin_notice.ts",
      "server/overflow.ts",
      "server/fetched_response.ts",
      "server/types.ts",
      "node:process",
      "@std/http",
    ],
  },
  {
    room: "server/app/jwt.ts",
    imports: ["protocol/option_checks.ts", "server/app/", "server/contain.ts", "jose"],
  },
  {
    room: "server/app/jwt_keys.ts",
    imports: ["server/app/", "jose"],
    types: ["protocol/option_checks.ts"],
  },
  { room: "server/app/api_keys.ts", imports: ["server/app/", "@std/crypto"] },
  {
    room: "server/app/",
    imports: [
      "protocol/option_checks.ts",
      "server/app/",
      "server/contain.ts",
      "server/network.ts",
    ],
    types: ["server/types.ts"],
  },
  {
    room: "server/wire/",
    imports: [
      "server/app/",
      "server/contain.ts",
      "server/network.ts",
      "server/origin_notice.ts",
      "server/overflow.ts",
      "server/fetched_response.ts",
      "server/types.ts",
      "server/wire/",
    ],
  },
  { room: "server/socketio/", imports: ["server/app/", "server/socketio/", "server/types.ts"] },
  {
    room: "server/operations/",
    imports: ["protocol/option_checks.ts", "server/operations/"],
    types: ["server/app/", "server/net/", "server/types.ts"],
  },
  {
    room: "server/sqlite/",
    imports: ["protocol/option_checks.ts", "server/app/", "server/sqlite/", "node:sqlite"],
  },
  { room: "server/redis/", imports: ["server/app/", "server/redis/", "@redis/client"] },
  {
    room: "server/serve.ts",
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
      "server/wire/",
    ],
  },
  {
    room: "mod.ts",
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
  { room: "client/", imports: ["client/"] },
  { room: "examples/", imports: ["@hawser/ws", "examples/", "hono", "jose", "node:", "valibot"] },
  { room: "tools/std/testing/", imports: ["@std/assert", "tools/std/testing/"] },
  { room: "tools/", imports: ["node:", "tools/"] },
];
