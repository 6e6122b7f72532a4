/**
 * Runs the Autobahn cases against the echo example, or against the protocol's client role, and
 * compares the results with expected.json. See the README beside this file.
 */

// deno-lint-ignore-file no-console -- this is a program, and the table is its result

import { parseArgs } from "node:util";
import type { DeflateStreams } from "../../protocol/mod.ts";
import { nativeStreams } from "../../server/net/websocket/native_deflate.ts";
import { connect } from "../support/client.ts";
import { startProgram } from "../support/program.ts";
import {
  columnOf,
  columns,
  compareVerdicts,
  expectedVerdicts,
  groupCases,
  type Role,
  type Verdict,
} from "./expectations.ts";
import { type CaseRun, serveCases, testServer } from "./kosoku.ts";

type Verdicts = ReadonlyMap<string, Verdict>;

/** Runs some cases. */
type Runner = (run: CaseRun) => Promise<Verdicts>;

const usage = "Usage: deno task autobahn [--role server|client] [--cases GLOB]...";

/** Group 9 has messages of 16 MiB, and of 65,536 fragments; group 12 wants 16 bytes compressed. */
const limits = { maxMessageSize: 67_108_864, maxFragments: 200_000, compressThreshold: 0 };

const echoFlags: string[] = [
  ...["--port", "0", "--compress"],
  ...["--compress-threshold", String(limits.compressThreshold)],
  ...["--max-message-size", String(limits.maxMessageSize)],
  ...["--max-fragments", String(limits.maxFragments)],
];

/** Tests the echo example. */
async function runServerRole(expected: Verdicts): Promise<Verdicts> {
  await using server = await startProgram("examples/echo.ts", { args: echoFlags });
  return await runGroups("server", expected, (run) => testServer(server.url.host, run));
}

/** A thousand messages of 128 KiB in 25 seconds: on a slow machine pako is too slow for them. */
const largestCompressed = /^1[23]\.\d+\.1[05678]$/;

/** Tests the client role, which asks for each case in turn and echoes it. */
async function runClientCases(run: CaseRun): Promise<Verdicts> {
  await using server = await serveCases(run);
  for (const [index, id] of run.cases.entries()) {
    const streams = largestCompressed.test(id) ? nativeStreams() : undefined;
    await echo(`${server.url}runCase?case=${index + 1}&agent=hawser`, streams);
  }
  await echo(`${server.url}updateReports?agent=hawser`);
  return await server.results();
}

async function echo(url: string, deflateStreams?: DeflateStreams): Promise<void> {
  const client = await connect(url, {
    ...limits,
    deflate: {},
    deflateStreams,
    message: (client, data) => client.send(data),
  });
  await client.closed;
}

/** Runs group by group, and prints a row of the table for each. */
async function runGroups(role: Role, expected: Verdicts, runner: Runner): Promise<Verdicts> {
  const verdicts = new Map<string, Verdict>();
  printRow("Group", ["Cases", ...columns]);
  for (const [group, cases] of groupCases(expected.keys())) {
    const results = await showProgress(
      `Group ${group}, ${cases.length} cases`,
      runner({ cases, reports: `reports/autobahn/${role}/${group}` }),
    );
    printCounts(group, results);
    for (const [id, verdict] of results) verdicts.set(id, verdict);
  }
  printCounts("Total", verdicts);
  return verdicts;
}

/** Says every ten seconds that the work goes on. */
async function showProgress<T>(name: string, work: Promise<T>): Promise<T> {
  const start = performance.now();
  const timer = setInterval(() => {
    console.error(`${name}: running for ${Math.round((performance.now() - start) / 1000)} s`);
  }, 10_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

function printCounts(name: string, verdicts: Verdicts): void {
  const found = [...verdicts.values()].map(columnOf);
  const counts = columns.map((column) => found.filter((each) => each === column).length);
  printRow(name, [found.length, ...counts].map(String));
}

function printRow(name: string, cells: readonly string[]): void {
  console.log(name.padEnd(6) + cells.map((cell) => cell.padStart(15)).join(""));
}

async function main(): Promise<number> {
  const { role, cases } = parseArgs({
    options: {
      role: { type: "string", default: "server" },
      cases: { type: "string", multiple: true, default: [] },
    },
  }).values;
  if (role !== "server" && role !== "client") {
    console.error(`Unknown role "${role}"\n${usage}`);
    return 2;
  }
  const expected = expectedVerdicts(role, cases);
  if (expected.size === 0) {
    console.error(`No case fits ${cases.join(", ")}\n${usage}`);
    return 2;
  }
  const verdicts = role === "server"
    ? await runServerRole(expected)
    : await runGroups("client", expected, runClientCases);
  const differences = compareVerdicts(expected, verdicts);
  for (const difference of differences) console.log(difference);
  console.log(`${differences.length} of ${expected.size} cases differ from expected.json`);
  return differences.length === 0 ? 0 : 1;
}

Deno.exit(await main());
