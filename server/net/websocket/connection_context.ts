/** The parts that the WebSocket connections of one server share: settings, pools, observers. */

import type { BinaryMode } from "../../../protocol/mod.ts";
import type { QueueLimits } from "../../slow_peer_detector.ts";
import type { CloseInfo, Connection, Memory, Traffic } from "../../types.ts";
import type { Requested } from "../connection_log.ts";
import type { Cork } from "./cork.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { KeepaliveOptions } from "./keepalive.ts";
import type { ListItem } from "../../unordered_list.ts";
import type { ReadBuffers } from "../read_buffers.ts";
import type { UpgradeRecord } from "../http/request.ts";
import type { Turns } from "../turns.ts";

/** Settings that all connections of a server share. */
export interface ConnectionOptions extends KeepaliveOptions, QueueLimits {
  /** Milliseconds for the closing handshake, then TCP is destroyed. */
  closeTimeout: number;
  /** Unanswered pings of a peer that does not read, after which it is cut off. */
  maxPendingPongs: number;
  /** The owner of the bytes of binary messages. */
  binary: BinaryMode;
}

/** A connection that counts its traffic. */
export interface CountedConnection extends Connection, ListItem {
  readonly traffic: Traffic;
  /** Bytes of a message that has not arrived whole. */
  readonly unfinishedBytes: number;
}

/** The parts that connections of one server share. */
export interface ConnectionContext {
  readonly options: ConnectionOptions;
  readonly cork: Cork;
  readonly deadlines: Deadlines;
  readonly readBuffers: ReadBuffers;
  /** Counts what connections hold. */
  readonly memory: Memory;
  readonly turns: Turns;
  /** A handler has thrown or rejected. */
  handlerFailed(error: unknown): void;
  /** A message was refused because the queue was full. */
  messageDropped(): void;
  /** Called once, when the connection has closed. */
  connectionClosed(connection: CountedConnection, close: CloseInfo): void;
  /** Called once, when its socket is closed. */
  socketClosed(connection: CountedConnection): void;
}

/** The facts of a connection when it opens. */
export interface ConnectionOpening {
  /** The upgrade request, to be made when it is read. */
  readonly record: Pick<UpgradeRecord, "makeRequest" | "size">;
  /** Origin and path, where a log wants them. */
  readonly requested?: Requested | undefined;
  readonly remoteAddress: string;
  readonly protocol: string;
  readonly data: unknown;
  /** Called when its socket is closed. */
  readonly release?: (() => void) | undefined;
}
