/** The seam between the client and what carries its messages. */

import type { CloseInfo } from "../close_code.ts";

/** A message. Only WebSocket carries more than text. */
export type Data = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;

/**
 * The transports, as the option `transports` names them: WebSocket, Server-Sent Events, and long
 * polling. The latter two send by `POST`, and carry JSON only.
 */
export type TransportName = "websocket" | "sse" | "poll";

/** The address of an attempt, and its token. */
export interface Target {
  /** Address of the WebSocket; the others are derived from it. */
  readonly url: URL;
  /** Subprotocols to offer. */
  readonly protocols: readonly string[];
  /** A token that is presented while connecting, not by the first message. */
  readonly token?: string | undefined;
  /** Presentation by WebSocket; the others use the field `Authorization`. */
  readonly tokenBy?: "query" | "subprotocol";
}

/**
 * The kind of a message, for the transports that send by requests: an event, whose request may be
 * answered late and holds back the events after it; an answer to the server, for which such a
 * request may wait; or the question whether the server is there.
 */
export type MessageKind = "event" | "answer" | "probe";

/** Reports of a transport. There are none once it was closed here. */
export interface TransportHandlers {
  /** The server has answered; whether it carries messages will be seen. Not all can tell. */
  connected(): void;
  /** It carries messages from now on. Called at most once. */
  opened(): void;
  /** A message has come. */
  message(data: string | ArrayBuffer): void;
  /** The server is there, though it says nothing. */
  alive(): void;
  /** The server does not take a message; the connection goes on. */
  refused(data: Data, error: unknown): void;
  /** It has ended, or has never opened. Called once, after all others. */
  closed(close: CloseInfo): void;
}

/** One connection. */
export interface Transport {
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /** Whether a message would wait for others here. */
  readonly isCongested: boolean;
  /**
   * Sends a message once it has opened.
   *
   * @param data The message.
   * @param kind An event, unless it says otherwise.
   * @throws {TypeError} The transport cannot carry it.
   */
  send(data: Data, kind?: MessageKind): void;
  /**
   * Ends the connection.
   *
   * @param code Close code, 1000 or from 3000 to 4999.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @returns Resolves when nothing of it is left.
   */
  close(code?: number, reason?: string): Promise<void>;
  /** Frees what is left of it, where the runtime can: the server does not let it end. */
  terminate(): void;
}

/** Begins to connect. */
export type OpenTransport = (target: Target, handlers: TransportHandlers) => Transport;

/**
 * Checks that a message can be sent.
 *
 * @param carriesBytes Whether one of the transports carries more than text.
 * @throws {TypeError} It cannot.
 */
export function checkData(data: unknown, carriesBytes: boolean): void {
  if (typeof data === "string") return;
  const kind = kindOf(ArrayBuffer.isView(data) ? data.buffer : data);
  if (!["ArrayBuffer", "Blob", "File"].includes(kind)) {
    throw new TypeError(`Cannot send ${kind}: a message is text, an ArrayBuffer, a view or a Blob`);
  }
  if (carriesBytes) return;
  throw new TypeError("Cannot send bytes: without WebSocket only text is carried");
}

/** Names the class of a value of any realm. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
