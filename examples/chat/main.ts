/** The chat server: the page at `/`, WebSocket at `/ws`, without it `/sse`, `/poll` and `/events`. */

// deno-lint-ignore-file no-console -- a program for the terminal

import {
  apiKeys,
  fallback,
  operations,
  publish,
  serve,
  type ServeOptions,
  type Server,
  type Wire,
} from "@hawser/ws";
import { socketio } from "@hawser/ws/socketio";
import { readFlags } from "../flags.ts";
import { fail, listen, listenFlags } from "../listen.ts";
import { accountFlags, describeAccounts, readAccounts } from "./accounts.ts";
import { renewOnSignal } from "./certificate.ts";
import { createChat } from "./chat.ts";
import { historyFlags, openHistory } from "./history.ts";
import { logFlags, openLog } from "./log.ts";
import { checkNodes, nodeFlags, openBroker } from "./nodes.ts";
import { Page } from "./page_files.ts";
import { shutDownOnSignals, signalFlags } from "./signals.ts";
import type { runThreads } from "./threads.ts";

const flags = readFlags("A chat server: the page at /, WebSocket at /ws.", {
  ...listenFlags,
  ...accountFlags,
  ...historyFlags,
  ...nodeFlags,
  origin: {
    type: "list",
    metavar: "ORIGIN",
    help: "Origin whose pages may connect, instead of our own; may be repeated",
  },
  rate: {
    type: "number",
    metavar: "N",
    default: 10,
    help: "Messages per second and client, twice as many at once; 0 sets no limit",
  },
  "api-key": {
    type: "list",
    metavar: "KEY",
    help: "Key of a back end that may POST to /api/publish; may be repeated",
  },
  compress: { type: "boolean", help: "Compress messages for clients that offer it" },
  "trust-proxy": {
    type: "text",
    metavar: "LIST",
    help: "Proxies whose X-Forwarded-For counts: how many, or their networks as a.b.c.d/n,...",
  },
  "session-prefix": {
    type: "text",
    metavar: "TEXT",
    help: "Begins the ids of sessions, as a.: a proxy before many nodes finds theirs by it",
  },
  "local-operations": {
    type: "boolean",
    help:
      "Answer /healthz, /readyz and /metrics to this machine alone; with --trust-proxy behind one",
  },
  ...logFlags,
  ...signalFlags,
});

/** One thread alone need not load what joins several. */
const several = flags.workers > 1 ? await import("./threads.ts") : undefined;

/** The broker of this thread to the first one, where it is one of several. */
const threads = several?.workerBroker();

/**
 * Says something to people; the first thread speaks for all. Programs read the lines of `--log json`:
 * nothing else may stand among them.
 */
const say = threads !== undefined ? () => {} : flags.log === "json" ? console.error : console.log;

/** Bytes of a message: 4,000 characters of any kind, however they are escaped, and what is around. */
const maxMessageSize = 65_536;

async function start(address: ServeOptions): Promise<Server> {
  const page = await Page.load();
  const accounts = readAccounts(flags);
  const broker = await openBroker(flags, threads);
  const kept = broker === undefined ? { history: await openHistory(flags, say) } : { broker };
  const options: ServeOptions = {
    ...address,
    path: "/ws",
    app: createChat({ rate: flags.rate, accounts, ...kept }),
    wires: makeWires(flags["api-key"]),
    compress: flags.compress,
    maxMessageSize,
    loadBalanced: threads?.sharedPort ?? false,
    fetch: (request, client) => mayOperate(client) && operate(request) || page.serve(request),
  };
  const log = openLog(flags.log, (line) => console.log(line));
  if (log !== undefined) options.log = log;
  if (flags.origin.length > 0) options.allowedOrigins = flags.origin;
  const trust = flags["trust-proxy"];
  if (trust !== undefined) options.trustProxy = /^\d+$/.test(trust) ? +trust : trust.split(",");
  const prefix = flags["session-prefix"];
  if (prefix !== undefined) options.sessionPrefix = prefix;
  const server = serve(options);
  say(describeAccounts(flags));
  const operate = operations(threads?.operated(server) ?? server, {
    readyWithoutBroker: !flags["ready-needs-redis"],
  });
  renewOnSignal(server, flags);
  if (threads === undefined) shutDownOnSignals(server, flags);
  else several?.shutDownWithThreads(server, threads, flags);
  return server;
}

function mayOperate({ remoteAddress }: { readonly remoteAddress: string }): boolean {
  if (!flags["local-operations"]) return true;
  return remoteAddress === "::1" || remoteAddress.startsWith("127.");
}

/** Socket.IO, event streams and polls; publishing, for back ends that have a key. */
function makeWires(keys: readonly string[]): Wire[] {
  const wires = [socketio(), fallback()];
  return keys.length === 0 ? wires : [...wires, publish({ auth: apiKeys(keys) })];
}

/** Starts the threads that serve. A fault that all of them would report is reported once. */
async function startThreads(run: typeof runThreads): Promise<void> {
  try {
    readAccounts(flags);
    makeWires(flags["api-key"]);
    await run(import.meta.url, flags, say);
  } catch (error) {
    await fail(error, flags);
  }
}

checkNodes(flags);
if (threads === undefined && several !== undefined) await startThreads(several.runThreads);
else await listen(flags, start, say);
