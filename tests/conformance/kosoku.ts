/** Runs Autobahn's cases by kosoku, which is a client for a server of ours, or a server. */

import { programPath } from "../support/optional.ts";
import { readText } from "../support/program.ts";
import type { Verdict } from "./expectations.ts";

/** Options of a run. */
export interface CaseRun {
  /** Ids of the cases. */
  readonly cases: readonly string[];
  /** Folder for the reports, emptied first. */
  readonly reports: string;
}

/** A server of test cases. */
export interface CaseServer extends AsyncDisposable {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Waits for its end, which the client asks for by `updateReports`; gives the results. */
  results(): Promise<Map<string, Verdict>>;
}

/** A result as kosoku writes it. */
interface CaseResult extends Verdict {
  /** How long the case took, in milliseconds. */
  readonly duration: number;
}

/** After so many milliseconds kosoku takes a case for failed, whatever it has seen. */
const caseTime = 25_000;

/**
 * Tests the server at `host`, a name with a port, and gives the results by case. A case that kosoku
 * has given up on for its time is run once more: that says how busy the machine was. Should it fail
 * again, it has failed.
 */
export async function testServer(host: string, run: CaseRun): Promise<Map<string, Verdict>> {
  const results = await runCases(host, run);
  const late = run.cases.filter((id) => (results.get(id)?.duration ?? 0) >= caseTime);
  if (late.length === 0) return results;
  // deno-lint-ignore no-console -- who reads the table should know
  console.error(`Run again, as their time was over: ${late.join(", ")}`);
  const again = await runCases(host, { cases: late, reports: `${run.reports}/again` });
  return new Map([...results, ...again]);
}

async function runCases(host: string, run: CaseRun): Promise<Map<string, CaseResult>> {
  await removeReports(run);
  // A second case fills the time in which the first one waits for a timeout. Those that compress
  // keep both sides busy, and each must end within 25 seconds: they run alone.
  const compresses = run.cases.some((id) => /^1[23]\./.test(id));
  const child = kosoku([host, "--parallelism", compresses ? "1" : "2"], run).spawn();
  const { stderr } = await child.output();
  return await readResults(run, new TextDecoder().decode(stderr));
}

/** Starts a server that tests the clients which connect to it. */
export async function serveCases(run: CaseRun): Promise<CaseServer> {
  await removeReports(run);
  const child = kosoku(["127.0.0.1:0", "--mode", "fuzzingserver"], run).spawn();
  const listening = Promise.withResolvers<string>();
  const output = readText(child.stderr, (text) => {
    const url = /^fuzzingserver listening on (\S+)$/m.exec(text)?.[1];
    if (url !== undefined) listening.resolve(`${url}/`);
  });
  output.then((text) => listening.reject(new Error(`kosoku has not started: ${text}`)));
  const end = Promise.all([child.status, child.stdout.cancel()]);
  return {
    url: await listening.promise,
    async results() {
      await end;
      return await readResults(run, await output);
    },
    async [Symbol.asyncDispose]() {
      try {
        child.kill();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // It has ended.
      }
      await Promise.all([end, output]);
    },
  };
}

function kosoku(args: string[], { cases, reports }: CaseRun): Deno.Command {
  const includes = cases.flatMap((id) => ["--include", id]);
  return new Deno.Command(programPath("autobahn"), {
    args: [...args, "--outdir", reports, ...includes],
    stdout: "piped",
    stderr: "piped",
  });
}

async function removeReports({ reports }: CaseRun): Promise<void> {
  try {
    await Deno.remove(reports, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The index names the one agent that was tested, and below it each case. */
async function readResults({ reports }: CaseRun, log: string): Promise<Map<string, CaseResult>> {
  try {
    const index: Record<string, Record<string, CaseResult>> = JSON.parse(
      await Deno.readTextFile(`${reports}/index.json`),
    );
    return new Map(Object.values(index).flatMap((cases) => Object.entries(cases)));
  } catch (cause) {
    throw new Error(`kosoku has written no report: ${log}`, { cause });
  }
}
