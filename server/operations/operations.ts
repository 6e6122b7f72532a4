/** The requests of those who operate a server: is it alive, is it ready, what does it count. */

import { checkOptions, type OptionType } from "../../wire/option_checks.ts";
import { prepareLater } from "../prepared_response.ts";
import { encodeMetrics, expositionType } from "./exposition.ts";
import { refreshed } from "./refreshed.ts";
import { processMetrics, serverMetrics } from "./server_metrics.ts";
import type { Operated } from "./server_stats.ts";

/** Options of {@linkcode operations}. Paths are compared as they are, without a query. */
export interface OperationsOptions {
  /** Path that is answered 200 as long as the process answers at all. @default {"/healthz"} */
  healthPath?: string;
  /** Path that is answered 200, or 503 once the server shuts down. @default {"/readyz"} */
  readyPath?: string;
  /** Path of the metrics, in the text format of Prometheus. @default {"/metrics"} */
  metricsPath?: string;
  /**
   * Says more about readiness, such as whether a database answers; asked at each request for
   * `readyPath`, as long as the server itself is ready.
   *
   * @default {yes}
   */
  isReady?: () => boolean | Promise<boolean>;
  /**
   * Whether the server counts as ready while the broker of its application is down. Its clients are
   * served all the same, but they get nothing from other nodes, and nothing can be published. With
   * `false` a load balancer sends new ones to other nodes, or, where all have lost the same broker,
   * to none.
   *
   * @default {true}
   */
  readyWithoutBroker?: boolean;
}

const optionTypes = {
  healthPath: "string",
  readyPath: "string",
  metricsPath: "string",
  isReady: "function",
  readyWithoutBroker: "boolean",
} as const satisfies Record<keyof OperationsOptions, OptionType>;

/**
 * Answers a request for one of the paths; `undefined`: it is for somebody else. Methods other than
 * GET and HEAD are answered 405.
 */
export type OperationsHandler = (request: Request) => Response | Promise<Response> | undefined;

/**
 * Answers `/healthz`, `/readyz` and `/metrics`. `/readyz` is 200 while the broker is down, unless
 * `readyWithoutBroker` says otherwise. Numbers are taken, and `isReady` is asked, ten times
 * a second at the most; further requests get the last answer. Any client that can send the request
 * gets the answer: put it on a port of its own, or let the proxy keep the paths to itself, where
 * the numbers are nobody else's business. They tell no names of rooms, events or users.
 *
 * @param server The server.
 * @param options Other paths, and who else has a say about readiness.
 * @returns A handler to be asked before your own.
 * @throws {TypeError} An option is not known, or of a wrong type.
 *
 * @example In front of one's own handler
 * ```ts
 * import { operations, serve, type Server } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * await using server: Server = serve({
 *   port: 0,
 *   hostname: "127.0.0.1",
 *   fetch: (request) => operate(request) ?? new Response("Hello\n"),
 * }, () => {});
 * const operate = operations(server);
 *
 * const response = await fetch(`http://127.0.0.1:${server.addr.port}/readyz`);
 * assertEquals(await response.text(), "ready");
 * ```
 */
export function operations(server: Operated, options: OperationsOptions = {}): OperationsHandler {
  checkOptions("operations", options, optionTypes);
  const { healthPath = "/healthz", readyPath = "/readyz", metricsPath = "/metrics" } = options;
  const { isReady = () => true, readyWithoutBroker = true } = options;
  const asksOthers = options.isReady !== undefined || !readyWithoutBroker;
  const ask = refreshed(async () => {
    const hasBroker = readyWithoutBroker || (await server.stats()).broker?.state !== "down";
    return hasBroker && await isReady();
  });
  const encode = refreshed(async () =>
    encodeMetrics([...serverMetrics(await server.stats()), ...processMetrics()])
  );
  const sayReady = (isReady: boolean) => isReady ? ready() : notReady();
  const answers = new Map<string, () => Response | Promise<Response>>([
    [healthPath, healthy],
    [readyPath, () => server.ready && asksOthers ? ask().then(sayReady) : sayReady(server.ready)],
    [metricsPath, async () => new Response(await encode(), initOf(200, expositionType))],
  ]);
  return function operate(request: Request): Response | Promise<Response> | undefined {
    const answer = answers.get(new URL(request.url).pathname);
    if (answer === undefined) return undefined;
    if (request.method === "GET" || request.method === "HEAD") return answer();
    return notAllowed();
  };
}

const healthy = prepareLater("ok", initOf(200));
const ready = prepareLater("ready", initOf(200));
const notReady = prepareLater("not ready", initOf(503));
const notAllowed = prepareLater(null, { status: 405, headers: { allow: "GET, HEAD" } });

function initOf(status: number, type: string = "text/plain; charset=utf-8"): ResponseInit {
  return { status, headers: { "content-type": type, "cache-control": "no-store" } };
}
