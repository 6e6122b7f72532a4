/** Options of the engine: their meaning, unit, default and check. */

import { checkOptions, type OptionType } from "../../wire/option_checks.ts";
import type { RequestInfo } from "../types.ts";

/** The ways in which a client may come. */
export type EngineTransportName = "polling" | "websocket";

/** Options of Engine.IO. Times are milliseconds. */
export interface EngineOptions {
  /** Where clients find it, with or without the last slash. @default {"/engine.io/"} */
  path?: string;
  /** The transports that are spoken. @default {["polling", "websocket"]} */
  transports?: readonly EngineTransportName[];
  /** Whether clients that poll may change to WebSocket. @default {true} */
  allowUpgrades?: boolean;
  /** Time between two pings. @default {25_000} */
  pingInterval?: number;
  /** Time in which a ping must be answered, else the session ends. @default {20_000} */
  pingTimeout?: number;
  /** Time in which a change to WebSocket must be completed, else that connection ends. @default {10_000} */
  upgradeTimeout?: number;
  /**
   * Sessions that poll, or have yet to change to WebSocket; one more is answered with 503.
   *
   * @default {10_000}
   */
  maxSessions?: number;
  /**
   * Decides whether a client may open a session, before anything is made for it. `false` refuses it
   * with 403, or 400 on a WebSocket; a text does so with this message. Later requests of a session
   * are not asked about.
   */
  allowRequest?: (
    request: Request,
    info: RequestInfo,
  ) => boolean | string | Promise<boolean | string>;
  /** Makes header fields of the response that opens a session: cookies, for instance. */
  handshakeHeaders?: (request: Request, session: { readonly sid: string }) => HeadersInit;
}

/** The same, complete. */
export type ResolvedEngineOptions =
  & Required<Omit<EngineOptions, "allowRequest" | "handshakeHeaders">>
  & {
    readonly allowRequest: EngineOptions["allowRequest"];
    readonly handshakeHeaders: EngineOptions["handshakeHeaders"];
  };

const optionTypes = {
  path: "string",
  transports: "object",
  allowUpgrades: "boolean",
  pingInterval: "number",
  pingTimeout: "number",
  upgradeTimeout: "number",
  maxSessions: "number",
  allowRequest: "function",
  handshakeHeaders: "function",
} as const satisfies Record<keyof EngineOptions, OptionType>;

/** The largest delay that a timer takes. */
const maxDelay = 2 ** 31 - 1;

const transportNames: readonly unknown[] = ["polling", "websocket"];

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @returns The options, each with its value; `path` ends in a slash.
 * @throws {TypeError} An option is not known or has a wrong type, or there is no transport.
 * @throws {RangeError} A number is out of range.
 */
export function resolveEngineOptions(options: EngineOptions): ResolvedEngineOptions {
  checkOptions("engine", options, optionTypes);
  const { path = "/engine.io/", transports = ["polling", "websocket"] } = options;
  const { allowUpgrades = true, allowRequest, handshakeHeaders } = options;
  const { pingInterval = 25_000, pingTimeout = 20_000, upgradeTimeout = 10_000 } = options;
  const { maxSessions = 10_000 } = options;
  if (!path.startsWith("/")) {
    throw new TypeError(
      `Cannot use engine.path as it must begin with "/": current value is "${path}"`,
    );
  }
  checkTransports(transports);
  for (const [name, value] of Object.entries({ pingInterval, pingTimeout, upgradeTimeout })) {
    checkNumber(name, value, maxDelay);
  }
  checkNumber("maxSessions", maxSessions, Number.MAX_SAFE_INTEGER);
  return {
    path: path.endsWith("/") ? path : `${path}/`,
    transports: [...transports],
    allowUpgrades,
    pingInterval,
    pingTimeout,
    upgradeTimeout,
    maxSessions,
    allowRequest,
    handshakeHeaders,
  };
}

function checkTransports(transports: readonly unknown[]): void {
  const isList = Array.isArray(transports) && transports.length > 0;
  if (isList && transports.every((name) => transportNames.includes(name))) return;
  throw new TypeError(
    'Cannot use engine.transports as it must be a list of "polling" and "websocket"',
  );
}

function checkNumber(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new RangeError(
    `Cannot use engine.${name} as it must be a whole number from 1 to ${most}: current value is ${value}`,
  );
}
