/** Every option of `serve`: its meaning, unit and default. */

import type { BinaryMode, DeflateOptions } from "../protocol/mod.ts";
import type { Servable } from "./app/peer.ts";
import type { LimitOptions } from "./limit_options.ts";
import type { LogSink } from "./net/log_records.ts";
import type { FetchInfo, RequestInfo, SharedPort, UpgradeAnswer } from "./types.ts";
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
 * stream or begins to poll with the URL at which it would upgrade: `/ws/admin` for `/sse/admin`,
 * with the query of its own.
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
   * Deno cannot do it. With the `sharedPort` of a `workerBroker()`, what belongs to a session of polls,
   * event streams or Engine.IO's polling is answered by the worker that has the session, whichever
   * one the connection has come to.
   *
   * @default {false}
   */
  loadBalanced?: boolean | SharedPort;
  /**
   * The only path that upgrades, but for those of an app's namespaces below it; others answer 404.
   * Without it every path does. A GET there without `Upgrade` is answered 426 where `fetch` answers
   * 404.
   */
  path?: string;
  /**
   * Subprotocols that are spoken; the first that a client offers and is among them is agreed on.
   */
  protocols?: readonly string[];
  /** Answers plain HTTP requests. Without it they get 426. */
  fetch?: FetchHandler;
  /**
   * Decides about each request to connect, on any transport, after origin and host were checked.
   */
  upgrade?: UpgradeHandler<Data>;
  /** An `App`, which takes every connection that is for none of `wires`. */
  app?: Servable;
  /**
   * More ways in which clients speak with the `app`, such as `fallback()`, and back ends, such as
   * `publish()`. The first that owns a path gets its requests; JSON over WebSocket comes last.
   * Hosts, origins and the `upgrade` hook decide about all of them.
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
   * others get 421. A request for a whole URL is checked by the host of the URL.
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
   * consumer`, and what waits for it is dropped; or it misses the messages that come meanwhile,
   * from half a second after its queue was full until it is not.
   *
   * @default {"close"}
   */
  onQueueFull?: "close" | "drop";
  /**
   * The owner of the bytes of a binary message. `"owned"`: the handler's. `"lent"`: the handler's
   * until it returns, or until the promise that it returns settles, or the next message is asked
   * for in a loop; then other messages take their place, of other clients too, so that what is to
   * be kept must be copied, by `data.slice()`. `"lent-checked"`: the same, and they are overwritten
   * then with 0xDD, for tests. Text is never lent, and nothing is to an `app`: it is an error
   * there.
   *
   * @default {"owned"}
   */
  binary?: BinaryMode;
  /**
   * Makes V8 give back what it has set aside while a thousand connections and more opened, in some
   * short collections when next to nothing is allocated: some 4 KB a connection, after 25 seconds
   * where V8 takes minutes.
   *
   * @default {true}
   */
  trimHeap?: boolean;
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
