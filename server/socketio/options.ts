/** Options of the engine and of Socket.IO: their meaning, unit, default and check. */

import { longestTimer } from "../../wire/clock.ts";
import {
  checkNumbers,
  checkOptions,
  type NumberRange,
  type OptionType,
} from "../../wire/option_checks.ts";
import { answerOf } from "../contain.ts";
import type { RequestInfo } from "../types.ts";
import type { Parser } from "./parser.ts";
import type { RecoveryOptions } from "./recovery.ts";

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
  /**
   * Time in which a change to WebSocket must be completed, else that connection ends. @default
   * {10_000}
   */
  upgradeTimeout?: number;
  /**
   * Sessions that poll, or have yet to change to WebSocket. Where one more comes, one ends whose
   * client was heard only once, the oldest first; where there is none, 503. @default {10_000}
   */
  maxSessions?: number;
  /**
   * The same of one address, or of one IPv6 network of 64 bits; likewise, and else 429. Also how
   * many it may begin at once; a fiftieth of that comes back each second. 0 is any number.
   * @default {1_000}
   */
  maxSessionsPerAddress?: number;
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

/** Options of Socket.IO. Times are milliseconds. */
export interface SocketIoOptions extends EngineOptions {
  /** Where clients find it, with or without the last slash. @default {"/socket.io/"} */
  path?: string;
  /** Time in which a session must be in a namespace, else it ends. @default {45_000} */
  connectTimeout?: number;
  /** Bytes values in one event; more end the session. @default {10} */
  maxAttachments?: number;
  /** Bytes of one packet with all its attachments; more end the session. @default {4_194_304} */
  maxPacketSize?: number;
  /**
   * Lets clients come back to the state in which their transport has ended: `true`, or how long and
   * with how much.
   *
   * @default {false}
   */
  recovery?: boolean | RecoveryOptions;
  /** A parser in the place of Socket.IO's own, such as `socket.io-msgpack-parser`. */
  parser?: Parser;
  /**
   * Whether pages get the files of the npm package `socket.io-client` below `path`, such as
   * `/socket.io/socket.io.js`. It must be installed where the program runs, and Deno must be
   * allowed to read it; without either, they are not found. @default {true}
   */
  serveClient?: boolean;
}

/** The same, complete. */
export type ResolvedSocketIoOptions =
  & ResolvedEngineOptions
  & Required<
    Pick<SocketIoOptions, "connectTimeout" | "maxAttachments" | "maxPacketSize" | "serveClient">
  >
  & {
    readonly parser: Parser | undefined;
    /** `undefined`: clients begin anew. */
    readonly recovery: Required<RecoveryOptions> | undefined;
  };

const optionTypes = {
  path: "string",
  transports: "object",
  allowUpgrades: "boolean",
  pingInterval: "number",
  pingTimeout: "number",
  upgradeTimeout: "number",
  maxSessions: "number",
  maxSessionsPerAddress: "number",
  allowRequest: "function",
  handshakeHeaders: "function",
} as const satisfies Record<keyof EngineOptions, OptionType>;

const socketIoOptionTypes = {
  ...optionTypes,
  connectTimeout: "number",
  maxAttachments: "number",
  maxPacketSize: "number",
  recovery: "boolean|object",
  parser: "object|function",
  serveClient: "boolean",
} as const satisfies Record<keyof SocketIoOptions, OptionType>;

const transportNames: readonly unknown[] = ["polling", "websocket"];

/**
 * Checks and completes the options.
 *
 * @param options The given options.
 * @returns The options, each with its value; `path` ends in a slash.
 * @throws {TypeError} An option is not known or has a wrong type, or there is no transport.
 * @throws {RangeError} A number is out of range.
 */
export function resolveEngineOptions(options: EngineOptions): ResolvedEngineOptions {
  checkOptions("engine", options, optionTypes);
  return resolveEngine("engine", "/engine.io/", options);
}

/**
 * Checks and completes the options of Socket.IO.
 *
 * @param options The given options.
 * @returns The options, each with its value; `path` ends in a slash.
 * @throws {TypeError} An option is not known or has a wrong type, or there is no transport.
 * @throws {RangeError} A number is out of range.
 */
export function resolveSocketIoOptions(options: SocketIoOptions): ResolvedSocketIoOptions {
  checkOptions("socketio", options, socketIoOptionTypes);
  const { connectTimeout = 45_000, maxAttachments = 10, maxPacketSize = 4_194_304 } = options;
  const limits = { connectTimeout, maxAttachments, maxPacketSize };
  checkNumbers("socketio.", limits, socketIoRanges);
  const engine = resolveEngine("socketio", "/socket.io/", options);
  const { parser, recovery: given = false, serveClient = true } = options;
  const recovery = given === false ? undefined : resolveRecovery(given === true ? {} : given);
  return { ...engine, ...limits, parser, recovery, serveClient };
}

const time: NumberRange = { least: 1, most: longestTimer, unit: "ms" };
const count: NumberRange = { least: 1 };
const size: NumberRange = { least: 1, unit: "bytes" };

const engineRanges = {
  pingInterval: time,
  pingTimeout: time,
  upgradeTimeout: time,
  maxSessions: count,
  maxSessionsPerAddress: { least: 0 },
};
const socketIoRanges = { connectTimeout: time, maxAttachments: count, maxPacketSize: size };
const recoveryRanges = { duration: time, maxEvents: count, maxBytes: size, maxSleepers: count };

const recoveryTypes = {
  duration: "number",
  maxEvents: "number",
  maxBytes: "number",
  maxSleepers: "number",
} as const satisfies Record<keyof RecoveryOptions, OptionType>;

function resolveRecovery(options: RecoveryOptions): Required<RecoveryOptions> {
  checkOptions("socketio.recovery", options, recoveryTypes);
  const { duration = 120_000, maxEvents = 500, maxBytes = 262_144, maxSleepers = 10_000 } = options;
  const resolved = { duration, maxEvents, maxBytes, maxSleepers };
  checkNumbers("socketio.recovery.", resolved, recoveryRanges);
  return resolved;
}

function resolveEngine(
  what: string,
  defaultPath: string,
  options: EngineOptions,
): ResolvedEngineOptions {
  const { path = defaultPath, transports = ["polling", "websocket"] } = options;
  const { allowUpgrades = true, allowRequest, handshakeHeaders } = options;
  const { pingInterval = 25_000, pingTimeout = 20_000, upgradeTimeout = 10_000 } = options;
  const { maxSessions = 10_000, maxSessionsPerAddress = 1_000 } = options;
  if (!path.startsWith("/")) {
    throw new TypeError(
      `Cannot use ${what}.path as it must begin with "/": current value is "${path}"`,
    );
  }
  checkTransports(what, transports);
  const numbers = {
    pingInterval,
    pingTimeout,
    upgradeTimeout,
    maxSessions,
    maxSessionsPerAddress,
  };
  checkNumbers(`${what}.`, numbers, engineRanges);
  return {
    path: path.endsWith("/") ? path : `${path}/`,
    transports: [...transports],
    allowUpgrades,
    ...numbers,
    allowRequest,
    handshakeHeaders: handshakeHeaders &&
      ((request, session) =>
        answerOf(`${what}.handshakeHeaders`, () => handshakeHeaders(request, session))),
  };
}

function checkTransports(what: string, transports: readonly unknown[]): void {
  const isList = Array.isArray(transports) && transports.length > 0;
  if (isList && transports.every((name) => transportNames.includes(name))) return;
  throw new TypeError(
    `Cannot use ${what}.transports as it must be a list of "polling" and "websocket"`,
  );
}
