/** The parts that the HTTP loops of one server share: settings, handlers, pools. */

import type { RequestHead } from "../../../protocol/http1.ts";
import type { FetchInfo, Memory, RequestMaker } from "../../types.ts";
import type { ConnectionLimits } from "../listen/connection_limits.ts";
import type { Rejection } from "../connection_log.ts";
import type { NetCounters } from "../counters.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { ProxyTrust } from "../listen/forwarded.ts";
import type { StreamTimeouts } from "./http_stream.ts";
import type { HostOptions } from "../origin.ts";
import type { ReadBuffers } from "../read_buffers.ts";
import type { BodyLimits } from "./request_body.ts";
import type { Socket } from "../listen/socket.ts";
import type { Turns } from "../turns.ts";
import type { Cork } from "../websocket/cork.ts";

/** Settings of the HTTP loop. */
export interface HttpOptions extends BodyLimits, StreamTimeouts, HostOptions {
  /**
   * Milliseconds from accept to the end of the first head, or to the 101 of an upgrade; TLS
   * included, and not renewed by bytes. Later heads have the same time from their first byte.
   * A late head is answered with 408; a peer that has sent nothing is cut off.
   *
   * @default {10_000}
   */
  handshakeTimeout: number;
  /**
   * Milliseconds for which a connection waits for its next request, then it is closed. Peers are
   * told a second less.
   *
   * @default {65_000}
   */
  idleTimeout: number;
}

/** An upgrade request that waits for its answer. */
export interface UpgradeAttempt {
  /** To write the 101 to, and then to keep. */
  readonly socket: Socket;
  readonly head: RequestHead;
  /** The bytes right behind the head: the first frames, maybe. */
  readonly rest: Uint8Array;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** The URL that the request is for. */
  readonly url: string;
  /** To be called when a connection that opens has closed its socket. */
  readonly release: (() => void) | undefined;
}

/** Answers the requests. */
export interface HttpHandlers {
  /**
   * Answers an upgrade request. A Response or a HandshakeError refuses it, and the connection ends
   * after that. `undefined`: the 101 is written and the socket taken over; resolve then, not when
   * the WebSocket ends.
   */
  upgrade(attempt: UpgradeAttempt): Response | undefined | Promise<Response | undefined>;
  /** Answers a plain request. */
  fetch(request: RequestMaker, info: FetchInfo): Response | Promise<Response>;
  /** A handler has thrown, or the stream of its response has failed. */
  handlerFailed(error: unknown): void;
  /** A request was refused, for the log. */
  readonly rejected?: ((rejection: Rejection) => void) | undefined;
}

/** The parts that the HTTP connections of one server share. */
export interface HttpContext {
  readonly options: HttpOptions;
  readonly handlers: HttpHandlers;
  readonly deadlines: Deadlines;
  readonly readBuffers: ReadBuffers;
  /** Counts what connections hold. */
  readonly memory: Memory;
  readonly turns: Turns;
  /** Decides who writes in a turn of the event loop. */
  readonly cork: Pick<Cork, "add">;
  readonly counters: NetCounters;
  readonly limits: ConnectionLimits;
  readonly trust: ProxyTrust;
  /** Whether the sockets are TLS connections. */
  readonly secure: boolean;
}
