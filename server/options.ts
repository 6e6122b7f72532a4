/** Every option of `serve`: its meaning, unit, default and check. */

import { type BinaryMode, type DeflateOptions, resolveDeflateOptions } from "../protocol/mod.ts";
import { deflateOptionTypes } from "../protocol/deflate_options.ts";
import { checkBinary } from "../protocol/lending.ts";
import { checkNumber, checkOptions, type OptionType } from "../wire/option_checks.ts";
import { acceptor, type PeerAcceptor, type Servable } from "./app/peer.ts";
import { contain, guardErrors, type Report, writeError } from "./contain.ts";
import {
  type LimitOptions,
  type NumberName,
  numberNames,
  resolveNumbers,
} from "./limit_options.ts";
import type { LogSink } from "./net/log_records.ts";
import type { FetchInfo, RequestInfo, UpgradeAnswer } from "./types.ts";
import type { Wire } from "./wires/wire.ts";

/**
 * A handler of plain HTTP requests, as `Deno.serve` and most routers have it. Where it throws or
 * rejects, the request is answered 500, and `onError` is told.
 */
export type FetchHandler = (
  request: Request,
  info: FetchInfo,
) => Response | Promise<Response>;

/**
 * Decides about an upgrade request: a Response refuses it, anything else lets it in. Where the
 * handler throws or rejects, the request is answered 500, and `onError` is told.
 *
 * A client that comes in by another one of the `wires` is decided about in the same way, once: what
 * follows belongs to the same client. The handler is shown the request of one that opens an event
 * stream or begins to poll with the URL at which it would upgrade: `/ws/admin` for `/sse/admin`, with
 * the query of its own.
 *
 * @typeParam Data What it attaches to the connection.
 */
export type UpgradeHandler<Data> = (
  request: Request,
  info: RequestInfo,
) => Response | UpgradeAnswer<Data> | void | Promise<Response | UpgradeAnswer<Data> | void>;

/** Settings of permessage-deflate, RFC 7692, for the clients that offer it. */
export interface CompressOptions extends DeflateOptions {
  /**
   * Shorter messages are sent uncompressed: in bytes, of text in UTF-16 code units.
   *
   * @default {256}
   */
  threshold?: number;
}

/**
 * Options of {@linkcode serve}. An option that is not known is an error.
 *
 * @typeParam Data What the `upgrade` hook attaches to a connection.
 */
export interface ServeOptions<Data = unknown> extends LimitOptions {
  /** TCP port; 0 takes a free one. @default {8080} */
  port?: number;
  /** Address to listen on. @default {"0.0.0.0"} */
  hostname?: string;
  /**
   * Path of a Unix socket to listen on instead of a port, for a proxy on the same machine. Trust
   * that by `trustProxy: ["unix:"]`. The file is made at the start and removed at the end; one that
   * is there already is an error.
   */
  socketPath?: string;
  /** Certificate chain as PEM text; with `key`, the server speaks TLS. */
  cert?: string;
  /** Private key as PEM text. */
  key?: string;
  /**
   * Threads of this process that listen on the same port share its connections; not over TLS, where
   * Deno cannot do it.
   *
   * @default {false}
   */
  loadBalanced?: boolean;
  /**
   * The only path that upgrades, but for those of an app's namespaces below it; others answer 404.
   * Without it every path does. A GET there without `Upgrade` is answered 426 where `fetch` answers
   * 404.
   */
  path?: string;
  /** Subprotocols that are spoken; the first that a client offers and is among them is agreed on. */
  protocols?: readonly string[];
  /** Answers plain HTTP requests. Without it they get 426. */
  fetch?: FetchHandler;
  /** Decides about each request to connect, on any transport, after origin and host were checked. */
  upgrade?: UpgradeHandler<Data>;
  /** An `App`, which takes every connection that is for none of `wires`. */
  app?: Servable;
  /**
   * More ways in which clients speak with the `app`, such as `fallback()`, and back ends, such as
   * `publish()`. The first that owns a path gets its requests; JSON over WebSocket comes last. Hosts,
   * origins and the `upgrade` hook decide about all of them.
   *
   * @default {none}
   */
  wires?: readonly Wire[];
  /**
   * Origins whose pages may connect, such as `https://example.com`; `"*"` lets every page in.
   *
   * @default {the host's own; those of `https` alone, where the server speaks TLS}
   */
  allowedOrigins?: readonly string[] | "*";
  /**
   * Values of Host, with or without the port, at which requests are answered, on all paths;
   * others get 421. A request for a whole URL is judged by the host of the URL.
   *
   * @default {any}
   */
  allowedHosts?: readonly string[];
  /**
   * Proxies that are believed about clients: how many, or their addresses as CIDR blocks. They say
   * the address, the scheme and the host in the fields that `proxyFields` names, each of which they
   * must set or remove: a field that a client has sent and they pass on is believed, too.
   *
   * @default {0}
   */
  trustProxy?: number | readonly string[];
  /**
   * The fields that `trustProxy` sets: X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host, or
   * Forwarded (RFC 7239). The others are ignored: proxies pass on what they do not know.
   *
   * @default {"x-forwarded"}
   */
  proxyFields?: "x-forwarded" | "forwarded";
  /**
   * Connections of `trustProxy` begin with a header of the PROXY protocol, version 1 or 2, that
   * names the client; one that does not is closed. Of others such a header is a bad request. TLS
   * must have ended at the proxy.
   *
   * @default {false}
   */
  proxyProtocol?: boolean;
  /**
   * Begins the id of each session of event streams, polls and Engine.IO, `session` or `sid` in the
   * query of what belongs to it. Where several nodes are behind a proxy, each has its own, such as
   * `a.`, by which the proxy finds the node: at most 32 letters, digits, `.`, `_`, `~` and `-`.
   *
   * @default {""}
   */
  sessionPrefix?: string;
  /**
   * Offers of permessage-deflate are accepted.
   *
   * @default {false}
   */
  compress?: boolean | CompressOptions;
  /**
   * The answer to a peer whose queue is full and that does not read: it is closed with 1013 `slow
   * consumer`, and what waits for it is dropped; or it misses the messages that come meanwhile, from
   * half a second after its queue was full until it is not.
   *
   * @default {"close"}
   */
  onQueueFull?: "close" | "drop";
  /**
   * Whose the bytes of a binary message are. `"owned"`: the handler's. `"lent"`: the handler's until it
   * returns, or until the promise that it returns settles, or the next message is asked for in a loop;
   * then other messages take their place, of other clients too, so that what is to be kept must be
   * copied, by `data.slice()`. `"lent-checked"`: the same, and they are overwritten then with 0xDD, for
   * tests. Text is never lent, and nothing is to an `app`: it is an error there.
   *
   * @default {"owned"}
   */
  binary?: BinaryMode;
  /**
   * Called once connections are accepted. Its errors go to `onError`.
   *
   * @default {A line on stderr, as that of `Deno.serve`}
   */
  onListen?: (address: Deno.NetAddr) => void;
  /**
   * Shuts the server down when it aborts, as `server.shutdown()` does.
   *
   * @default {undefined}
   */
  signal?: AbortSignal;
  /**
   * Takes a record of each connection that opens or closes and of each request that is refused;
   * `textLog` and `jsonLog` write lines of them. No record holds a query, a cookie or a token.
   *
   * @default {nothing is logged}
   */
  log?: LogSink;
  /** Called with what code of yours has thrown or rejected with. @default {a line on stderr} */
  onError?: (error: unknown) => void;
}

const otherTypes = {
  hostname: "string",
  socketPath: "string",
  cert: "string",
  key: "string",
  loadBalanced: "boolean",
  path: "string",
  protocols: "any",
  fetch: "function",
  upgrade: "function",
  app: "object",
  wires: "any",
  allowedOrigins: "any",
  allowedHosts: "any",
  trustProxy: "number|object",
  proxyFields: "any",
  proxyProtocol: "any",
  sessionPrefix: "string",
  compress: "any",
  onQueueFull: "any",
  binary: "string",
  onListen: "function",
  signal: "any",
  log: "function",
  onError: "function",
} as const satisfies Record<Exclude<keyof ServeOptions, NumberName>, OptionType>;

/** Numbers are looked at one by one. */
const optionTypes: Readonly<Record<string, OptionType>> = {
  ...Object.fromEntries(numberNames.map((name) => [name, "any"])),
  ...otherTypes,
};

/** The options as the rest of the server uses them: every number is set, every value is checked. */
export interface ResolvedOptions extends Record<NumberName, number> {
  readonly hostname: string;
  readonly socketPath: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly loadBalanced: boolean;
  readonly path: string | undefined;
  readonly protocols: readonly string[];
  readonly fetch: FetchHandler | undefined;
  readonly upgrade: UpgradeHandler<unknown> | undefined;
  readonly app: PeerAcceptor | undefined;
  readonly wires: readonly Wire[];
  /** `undefined`: the host's own. */
  readonly allowedOrigins: readonly string[] | "*" | undefined;
  readonly allowedHosts: readonly string[] | undefined;
  readonly trustProxy: number | readonly string[] | undefined;
  readonly proxyFields: "x-forwarded" | "forwarded";
  readonly proxyProtocol: boolean;
  readonly sessionPrefix: string;
  readonly deflate: Required<DeflateOptions> | undefined;
  readonly compressThreshold: number;
  readonly onQueueFull: "close" | "drop";
  readonly binary: BinaryMode;
  readonly onListen: ((address: Deno.NetAddr) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly log: LogSink | undefined;
  readonly onError: (error: unknown) => void;
}

/**
 * Checks options and fills in the defaults. The caller's object stays as it is.
 *
 * @throws {TypeError} An option is not known, or has the wrong type.
 * @throws {RangeError} A number is out of range.
 */
export function resolveOptions<Data>(options: ServeOptions<Data>): ResolvedOptions {
  checkOptions("serve", options, optionTypes);
  checkTogether(options);
  checkLists(options);
  const compress = checkCompress(options.compress ?? false);
  const { threshold = 256, ...deflate } = typeof compress === "object" ? compress : {};
  const onError = guardErrors(options.onError ?? reportError, reportError);
  return {
    ...resolveNumbers(options),
    hostname: options.hostname ?? "0.0.0.0",
    socketPath: checkSocketPath(options),
    cert: options.cert,
    key: options.key,
    loadBalanced: options.loadBalanced ?? false,
    path: options.path,
    protocols: options.protocols ?? [],
    fetch: options.fetch,
    upgrade: options.upgrade as UpgradeHandler<unknown> | undefined,
    app: checkApp(options.app),
    wires: checkWires(options.wires ?? []),
    allowedOrigins: options.allowedOrigins,
    allowedHosts: options.allowedHosts?.map((host) => host.toLowerCase()),
    trustProxy: options.trustProxy,
    proxyFields: checkProxyFields(options.proxyFields),
    proxyProtocol: checkProxyProtocol(options),
    sessionPrefix: checkSessionPrefix(options.sessionPrefix ?? ""),
    deflate: compress === false ? undefined : resolveDeflateOptions(deflate),
    compressThreshold: checkNumber("compress.threshold", threshold, {
      least: 0,
      unit: "bytes",
      fractions: true,
      endless: true,
    }),
    onQueueFull: options.onQueueFull ?? "close",
    binary: checkBinary(options.binary ?? "owned"),
    onListen: contained(options.onListen, onError),
    signal: checkSignal(options.signal),
    log: contained(options.log, onError),
    onError,
  };
}

function checkApp(app: Servable | undefined): PeerAcceptor | undefined {
  const peers = app?.[acceptor];
  if (app === undefined || peers !== undefined) return peers;
  throw new TypeError("Cannot use app: it is no App");
}

function checkWires(wires: readonly Wire[]): readonly Wire[] {
  if (Array.isArray(wires) && wires.every((wire) => typeof wire === "function")) return [...wires];
  throw new TypeError("Cannot use wires as they must be an array of wires, such as fallback()");
}

function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new TypeError(`Cannot use signal as it must be an AbortSignal: current value is ${signal}`);
}

function checkTogether<Data>(options: ServeOptions<Data>): void {
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new TypeError("Cannot serve TLS: cert and key must be given together");
  }
  if (options.loadBalanced === true && options.cert !== undefined) {
    throw new TypeError(
      "Cannot use cert with loadBalanced: threads cannot share a TLS port; end TLS at a proxy",
    );
  }
  if (options.path !== undefined && !options.path.startsWith("/")) {
    throw new TypeError(`Cannot serve path "${options.path}": it must begin with "/"`);
  }
  if (options.app !== undefined && (options.binary ?? "owned") !== "owned") {
    throw new TypeError(`Cannot use binary "${options.binary}" with app: it keeps its messages`);
  }
  if (options.onQueueFull !== undefined && !["close", "drop"].includes(options.onQueueFull)) {
    throw new TypeError(
      `Cannot use onQueueFull "${options.onQueueFull}": it must be "close" or "drop"`,
    );
  }
}

function checkSocketPath<Data>(options: ServeOptions<Data>): string | undefined {
  const { socketPath } = options;
  if (socketPath === undefined) return undefined;
  for (const name of ["port", "hostname", "cert", "loadBalanced", "onListen"] as const) {
    if (options[name] === undefined) continue;
    throw new TypeError(`Cannot use ${name} with socketPath: it belongs to a port`);
  }
  return socketPath;
}

function checkSessionPrefix(prefix: string): string {
  if (/^[\w.~-]{0,32}$/.test(prefix)) return prefix;
  throw new TypeError(
    `Cannot use sessionPrefix "${prefix}": it must be at most 32 letters, digits, ".", "_", "~", "-"`,
  );
}

function checkProxyFields(
  fields: "x-forwarded" | "forwarded" = "x-forwarded",
): "x-forwarded" | "forwarded" {
  if (fields === "x-forwarded" || fields === "forwarded") return fields;
  throw new TypeError(
    `Cannot use proxyFields "${fields}": it must be "x-forwarded" or "forwarded"`,
  );
}

function checkProxyProtocol<Data>(
  { proxyProtocol = false, cert, trustProxy = 0 }: ServeOptions<Data>,
): boolean {
  if (typeof proxyProtocol !== "boolean") {
    throw new TypeError(`Cannot use proxyProtocol as it must be a boolean: ${proxyProtocol}`);
  }
  if (proxyProtocol && cert !== undefined) {
    throw new TypeError("Cannot use proxyProtocol with cert: TLS must end at the proxy");
  }
  if (proxyProtocol && (trustProxy === 0 || Array.isArray(trustProxy) && trustProxy.length === 0)) {
    throw new TypeError("Cannot use proxyProtocol: trustProxy must say which proxies are trusted");
  }
  return proxyProtocol;
}

function checkLists<Data>(options: ServeOptions<Data>): void {
  const { protocols = [], allowedHosts = [] } = options;
  const allowedOrigins = options.allowedOrigins === "*" ? [] : options.allowedOrigins ?? [];
  for (const [name, list] of Object.entries({ protocols, allowedHosts, allowedOrigins })) {
    if (Array.isArray(list) && list.every((item) => typeof item === "string")) continue;
    throw new TypeError(
      `Cannot use ${name} as it must be an array of strings: current value is ${list}`,
    );
  }
  for (const origin of allowedOrigins) {
    if (isOrigin(origin)) continue;
    throw new TypeError(
      `Cannot allow origin "${origin}": it must look like "https://example.com"`,
    );
  }
}

/** Whether a browser may send it: others would never match. */
function isOrigin(text: string): boolean {
  if (/^https?:/i.test(text)) return URL.parse(text)?.origin === text;
  return text === "null" || /^[a-z][a-z0-9+.-]*:\/\/[^/]+$/.test(text);
}

const compressTypes = {
  ...deflateOptionTypes,
  threshold: "any",
} as const satisfies Record<keyof CompressOptions, OptionType>;

function checkCompress(compress: boolean | CompressOptions): boolean | CompressOptions {
  if (typeof compress !== "boolean" && typeof compress !== "object") {
    throw new TypeError(
      `Cannot use compress as it must be a boolean or an object: current value is ${compress}`,
    );
  }
  if (typeof compress === "object") checkOptions("compress", compress, compressTypes);
  return compress;
}

/** A function of the user's whose result is not used. */
function contained<Argument>(
  tell: ((argument: Argument) => unknown) | undefined,
  onError: Report,
): ((argument: Argument) => void) | undefined {
  return tell && ((argument) => contain(() => tell(argument), onError));
}

function reportError(error: unknown): void {
  writeError("Hawser: a handler failed:", error);
}
