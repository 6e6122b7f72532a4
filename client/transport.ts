/** The seam between the client and what carries its messages. */

import type { CloseInfo } from "./close_code.ts";

/** What can be sent as one message. Only WebSocket carries more than text. */
export type Data = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;

/** The ways to a server, as `transports` names them. */
export type TransportName = "websocket" | "sse" | "poll";

/** Where to connect, and as whom. */
export interface Target {
  /** Address of the WebSocket; the others are derived from it. */
  readonly url: URL;
  /** Subprotocols to offer. */
  readonly protocols: readonly string[];
  /** A token that is presented while connecting, not by the first message. */
  readonly token?: string | undefined;
  /** How WebSocket presents it; the others use the field `Authorization`. */
  readonly tokenBy?: "query" | "subprotocol";
}

/** What a transport reports. Nothing is reported once it was closed here. */
export interface TransportHandlers {
  /** It carries messages from now on. Called at most once. */
  opened(): void;
  /** A message has come. */
  message(data: string | ArrayBuffer): void;
  /** The server is there, though it says nothing. */
  alive(): void;
  /** It has ended, or has never opened. Called once, after all others. */
  closed(close: CloseInfo): void;
}

/** One connection. */
export interface Transport {
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /**
   * Sends a message once it has opened.
   *
   * @param data The message.
   * @param isUrgent It need not wait for those before it.
   */
  send(data: Data, isUrgent?: boolean): void;
  /**
   * Ends the connection.
   *
   * @param code Close code, 1000 or from 3000 to 4999.
   * @param reason Close reason.
   * @returns Resolves when nothing of it is left. Never rejects.
   * @throws {DOMException} The code or the reason is not allowed.
   */
  close(code?: number, reason?: string): Promise<void>;
}

/** Begins to connect. */
export type OpenTransport = (target: Target, handlers: TransportHandlers) => Transport;
