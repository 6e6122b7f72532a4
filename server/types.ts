/** The shapes that the network half and the application half of the server agree on. */

/**
 * What became of a message handed to `send`: `"sent"`, on its way; `"queued"`, the peer is slow and
 * the message waits above the high-water mark; `"dropped"`, the connection is not open or its queue
 * is full.
 */
export type SendResult = "sent" | "queued" | "dropped";

/** How a connection ended. */
export interface CloseInfo {
  /** Close code of RFC 6455 §7.4; 1005 without a code, 1006 without a Close frame. */
  readonly code: number;
  /** Close reason, or what the peer did wrong. */
  readonly reason: string;
  /** `true` when a Close frame was seen in each direction. */
  readonly wasClean: boolean;
}

/** A connection's states, in their order; each is entered at most once. */
export type ConnectionState = "open" | "closing" | "closed";

/** How a client is connected: by WebSocket, Server-Sent Events or long polling. */
export type Transport = "websocket" | "sse" | "poll";

/**
 * Messages and bytes. Bytes are those of TCP, or of TLS when it is unwrapped: frames as they are. Of
 * event streams and polls they are those of the bodies.
 */
export interface Traffic {
  /** Whole messages received. */
  readonly messagesIn: number;
  /** Messages taken for sending. */
  readonly messagesOut: number;
  /** Bytes received behind the upgrade request. */
  readonly bytesIn: number;
  /** Bytes handed to the kernel, the 101 response among them. */
  readonly bytesOut: number;
}

/** Options of one `send`. */
export interface SendOptions {
  /**
   * `false` sends this message uncompressed, for instance where a secret stands beside text that
   * an attacker chooses.
   *
   * @default {true}
   */
  compress?: boolean;
}

/** A message that is encoded once and sent to many connections; made by `connection.prepare`. */
export interface PreparedMessage {
  /** The message as the application sees it. */
  readonly data: string | Uint8Array;
}

/** Handlers of a connection's events. A handler's promise stops the reading until it settles. */
export interface ConnectionEvents {
  /** A whole message; the bytes belong to the handler. What is no promise is ignored. */
  message: (data: string | Uint8Array) => unknown;
  /** A ping, already answered. */
  ping: (data: Uint8Array) => void;
  /** A pong, asked for or not. */
  pong: (data: Uint8Array) => void;
  /** Everything that waited has been handed to the kernel. */
  drain: () => void;
  /** The one end of the connection; no message follows. */
  close: (close: CloseInfo) => void;
}

/** An open WebSocket connection, seen from the server. */
export interface Connection<Data = unknown> {
  /** Names the connection, in logs too; drawn from the runtime's strong generator. */
  readonly id: string;
  /** The upgrade request; its body is empty. */
  readonly request: Request;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** The subprotocol that was agreed on, or the empty string. */
  readonly protocol: string;
  /** What the `upgrade` hook attached. */
  readonly data: Data;
  /** Where the connection stands. */
  readonly state: ConnectionState;
  /** Bytes that wait to be handed to the kernel. */
  readonly bufferedAmount: number;
  /** Adds a handler; handlers of one event run in the order in which they were added. */
  on<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this;
  /** Removes a handler that `on` added. */
  off<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this;
  /** Sends text or bytes as one message. The bytes may be changed after the call. */
  send(
    data: string | Uint8Array | ArrayBuffer | PreparedMessage,
    options?: SendOptions,
  ): SendResult;
  /** Encodes a message once, to be sent to this and to other connections. */
  prepare(data: string | Uint8Array): PreparedMessage;
  /** Sends a ping with at most 125 bytes. */
  ping(data?: Uint8Array): void;
  /** Starts the closing handshake. Does nothing once the connection is closing. */
  close(code?: number, reason?: string): void;
  /** Ends the TCP connection at once. */
  terminate(): void;
  /** Resolves when nothing waits to be sent any more, or when the connection has closed. */
  drained(): Promise<void>;
  /** Messages as they arrive; reading stops while the loop's body runs. */
  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array>;
}

/** What an `upgrade` hook may settle about the connection to be opened. */
export interface UpgradeAnswer<Data = unknown> {
  /** One of the offered subprotocols. */
  protocol?: string;
  /** Header fields for the 101 response. */
  headers?: HeadersInit;
  /** Attached to the connection as `connection.data`. */
  data?: Data;
}

/** What is known of a peer before its request is answered. */
export interface RequestInfo {
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** Subprotocols that an upgrade request offers, in its order; else empty. */
  readonly protocols: readonly string[];
}

/** What an application has found out about a peer before its connection opens. */
export interface Admission {
  /** Whatever the application wants back when the connection opens: who it is, for instance. */
  readonly grant?: unknown;
  /**
   * The subprotocol that carried a token. It is answered with only where no other one is agreed on,
   * as browsers fail a connection whose offer goes unanswered; `connection.protocol` stays empty.
   */
  readonly fallbackProtocol?: string | undefined;
  /** The namespace that the request is for, such as `/admin`. */
  readonly namespace?: string;
}

/** How many clients there are without a WebSocket connection. */
export interface HttpClients {
  /** By Server-Sent Events. */
  readonly sse: number;
  /** By long polling. */
  readonly poll: number;
}

/** What takes over connections that have just opened. */
export interface Application {
  /**
   * Decides about an upgrade request, after host and origin were checked and before the `upgrade`
   * hook is asked. A Response refuses it.
   */
  admit?(request: Request, info: RequestInfo): Promise<Response | Admission>;
  /** Takes over a connection. */
  open(connection: Connection, admission?: Admission): void;
  /** Answers a plain request before the `fetch` option is asked; `undefined`: it is for that. */
  fetch?(request: Request, info: RequestInfo): Response | Promise<Response> | undefined;
  /** Sends away the clients that have no connection to be closed. */
  shutdown?(close: { readonly code: number; readonly reason: string }): void;
  /** Takes stock of these clients, by transport. */
  httpClients?(): HttpClients;
}
