/** Checks the options of `serve`, and fills in the defaults. */

import { type BinaryMode, type DeflateOptions, resolveDeflateOptions } from "../protocol/mod.ts";
import { deflateOptionTypes } from "../protocol/deflate_options.ts";
import { checkBinary } from "../protocol/lending.ts";
import { checkNumber, checkOptions, type OptionType } from "../wire/option_checks.ts";
import { acceptor, type PeerAcceptor, type Servable } from "./app/peer.ts";
import { contain, guardErrors, type Report, reportError } from "./contain.ts";
import { type NumberName, numberNames, resolveNumbers } from "./limit_options.ts";
import type { LogSink } from "./net/log_records.ts";
import type { CompressOptions, FetchHandler, ServeOptions, UpgradeHandler } from "./options.ts";
import type { SharedPort } from "./types.ts";
import type { Wire } from "./wires/wire.ts";

const otherTypes = {
  hostname: "string",
  socketPath: "string",
  cert: "string",
  key: "string",
  loadBalanced: "boolean|object",
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
  trimHeap: "boolean",
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
  readonly sharedPort: SharedPort | undefined;
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
  readonly trimHeap: boolean;
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
    loadBalanced: Boolean(options.loadBalanced),
    sharedPort: checkSharedPort(options.loadBalanced),
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
    trimHeap: options.trimHeap ?? true,
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
  if (Boolean(options.loadBalanced) && options.cert !== undefined) {
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

function checkSharedPort(shared: boolean | SharedPort | undefined): SharedPort | undefined {
  if (typeof shared !== "object") return undefined;
  if (typeof shared.forward === "function") return shared;
  throw new TypeError("Cannot use loadBalanced: it is neither a boolean nor a broker's sharedPort");
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
