/** The shapes that the network half and the application half of the server agree on. */

/**
 * The outcome of `send`: `"sent"`, on its way; `"queued"`, on its way too, but
 * more than `highWaterMark` bytes wait now, as far as the kernel has told yet; `"dropped"`, the
 * connection is not open, or its queue is full and its peer slow.
 */
export type SendResult = "sent" | "queued" | "dropped";

/** How a connection ended, as its `close` handlers get it. RFC 6455 §7.1.5 and §7.1.6. */
export interface CloseInfo {
  /** Close code of RFC 6455 §7.4; 1005 without a code, 1006 without a Close frame. */
  readonly code: number;
  /** Close reason, or what the peer did wrong. */
  readonly reason: string;
  /** `true` when a Close frame was seen in each direction. */
  readonly wasClean: boolean;
}

/**
 * A connection's states, in their order; each is entered at most once. `"closing"`: our Close frame
 * is on its way, and messages are neither taken nor delivered any more. `"closed"`: the outcome is
 * known, and the `close` handlers are called.
 */
export type ConnectionState = "open" | "closing" | "closed";

/** How a client is connected: by WebSocket, Server-Sent Events or long polling. */
export type Transport = "websocket" | "sse" | "poll";

/**
 * Messages and bytes. Bytes are those of TCP, or of TLS when it is unwrapped: frames as they are.
 * Of event streams and polls they are those of the bodies.
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

/**
 * Options of one {@linkcode Connection.send}. They matter where permessage-deflate was agreed on.
 */
export interface SendOptions {
  /**
   * `false` sends this message uncompressed, for instance where a secret stands beside text that
   * an attacker chooses.
   *
   * @default {true}
   */
  compress?: boolean;
}

/**
 * A message that is encoded, and compressed, once for all connections that it is sent to; made by
 * {@linkcode Connection.prepare}.
 */
export interface PreparedMessage {
  /** The message as the application sees it. */
  readonly data: string | Uint8Array;
}

/**
 * The events of a connection, as {@linkcode Connection.on} names them, and what each handler is
 * given. A handler that throws or rejects fails the connection with 1011, and `onError` is told.
 */
export interface ConnectionEvents {
  /**
   * A whole message; the bytes belong to the handler, if the option `binary` does not lend them. A
   * promise that it returns stops the reading until it settles; anything else is ignored.
   */
  message: (data: string | Uint8Array) => unknown;
  /** A ping, already answered. */
  ping: (data: Uint8Array) => void;
  /** A pong, asked for or not. */
  pong: (data: Uint8Array) => void;
  /**
   * The peer has sent something while a promise of a `message` handler has held the reading back
   * for a second or longer. Its pings are answered; other signs of life are up to the handler.
   */
  waiting: () => void;
  /** More than `highWaterMark` bytes waited, and all have been handed to the kernel. */
  drain: () => void;
  /** The one end of the connection; no message follows. */
  close: (close: CloseInfo) => void;
}

/**
 * A WebSocket connection, seen from the server.
 *
 * @typeParam Data What the `upgrade` hook attaches.
 */
export interface Connection<Data = unknown> {
  /** Names the connection, in logs too; drawn from the runtime's strong generator. */
  readonly id: string;
  /** The upgrade request; its body is empty. */
  readonly request: Request;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** The subprotocol that was agreed on, or the empty string. */
  readonly protocol: string;
  /** The `data` that the `upgrade` hook attached. */
  readonly data: Data;
  /** Where the connection stands. */
  readonly state: ConnectionState;
  /** Bytes that wait to be handed to the kernel. */
  readonly bufferedAmount: number;
  /**
   * Adds a handler; handlers of one event run in the order in which they were added.
   *
   * @param name Event; see {@linkcode ConnectionEvents}.
   * @param handler Called at each event.
   * @returns The connection.
   * @throws {TypeError} There is no such event.
   */
  on<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this;
  /**
   * Removes a handler; does nothing where it is not there.
   *
   * @param name Event.
   * @param handler The handler that was given to {@linkcode Connection.on}.
   * @returns The connection.
   * @throws {TypeError} There is no such event.
   */
  off<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this;
  /**
   * Sends text or bytes as one message. All that is sent in one turn of the event loop is written
   * together at its end. The bytes may be changed after the call.
   *
   * @param data Text, bytes or a prepared message.
   * @param options Whether it may be compressed.
   * @returns The result. A message for a full queue of a slow peer is dropped; see
   * `maxQueuedBytes` and `onQueueFull`.
   * @throws {TypeError} The data is none of these.
   */
  send(
    data: string | Uint8Array | ArrayBuffer | PreparedMessage,
    options?: SendOptions,
  ): SendResult;
  /**
   * Encodes a message once, to be sent to this and to other connections.
   *
   * @param data Text or bytes, which are copied.
   * @returns A message for {@linkcode Connection.send}, or to `broadcast` of the server.
   * @throws {TypeError} The data is neither.
   */
  prepare(data: string | Uint8Array): PreparedMessage;
  /**
   * Sends a ping, besides those of `pingInterval`. Does nothing once the connection is closing.
   *
   * @param data At most 125 bytes, which the pong brings back. RFC 6455 §5.5.2.
   * @throws {RangeError} There are more.
   */
  ping(data?: Uint8Array): void;
  /**
   * Starts the closing handshake; should the peer not do its part within `closeTimeout`, the TCP
   * connection is ended. Does nothing once the connection is closing.
   *
   * @param code Close code: 1000 to 1014 but for 1004 to 1006, or 3000 to 4999. Without one the
   * peer sees 1005. RFC 6455 §7.4.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @throws {RangeError} The code may not be sent, or the reason is too long.
   * @throws {TypeError} The reason is no well-formed text, or stands without a code.
   */
  close(code?: number, reason?: string): void;
  /** Ends the TCP connection at once, without a Close frame: the `close` handlers get 1006. */
  terminate(): void;
  /** Resolves when nothing waits to be sent any more, or when the connection has closed. */
  drained(): Promise<void>;
  /**
   * Messages as they arrive, until the connection has closed; reading stops while the loop's body
   * runs. A loop that is left early leaves the connection open.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array>;
}

/**
 * Settings of an `upgrade` hook for the connection to be opened. A field that is left out is as it
 * would be without the hook.
 *
 * @typeParam Data What it attaches to the connection.
 */
export interface UpgradeAnswer<Data = unknown> {
  /**
   * One of the offered subprotocols; another one is answered 500. Event streams and polls have
   * none.
   *
   * @default {the first offered that is among `protocols`, if any}
   */
  protocol?: string;
  /**
   * More header fields for the response that lets the client in; not those of the handshake itself,
   * nor those of an event stream or a poll.
   */
  headers?: HeadersInit;
  /** Attached to the connection as `connection.data`. */
  data?: Data;
}

/** Facts about a peer before its request is answered, besides the request. */
export interface RequestInfo {
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** Subprotocols that an upgrade request offers, in its order; else empty. */
  readonly protocols: readonly string[];
}

/**
 * The second argument of a handler of plain requests: that of `Deno.serve`, and more,
 * so that handlers written for it find what they look for.
 */
export interface FetchInfo extends RequestInfo {
  /** The same address with its port, which is 0 where a trusted proxy has not reported it. */
  readonly remoteAddr: Deno.NetAddr;
  /** Resolves when the response was sent whole; rejects where the peer went before. */
  readonly completed: Promise<void>;
}

/** The handshake of a client that comes in: its credentials, and the facts known by then. */
export interface Handshake extends RequestInfo {
  /** The namespace that it asks for; `/` is the application itself. */
  readonly namespace: string;
  /** The request by which it came. */
  readonly request: Request;
  /** The `data` that the `upgrade` hook attached. */
  readonly data: unknown;
  /**
   * Further credentials, unchecked: `{ token }` counts like those of a request. Where they are
   * present, if empty, the client sends no `auth` message later.
   */
  readonly auth?: unknown;
  /** The grant, where it is known: no token is asked for then. For tests of an application. */
  readonly grant?: unknown;
}

/**
 * The admission of a client before it comes in: `admit` resolves to it, and
 * gets back when the client has a peer.
 */
export interface Admission {
  /** Data that the application gets back when the connection opens: the user, for instance. */
  readonly grant?: unknown;
  /**
   * The subprotocol that carried a token. It is answered with only where no other one is agreed on,
   * as browsers fail a connection whose offer goes unanswered; `connection.protocol` stays empty.
   */
  readonly fallbackProtocol?: string | undefined;
  /** The namespace that the request is for, such as `/admin`. */
  readonly namespace?: string;
}

/** The parts of the protocol that a wire may leave out, as its own protocol has them already. */
export interface ConnectionTerms {
  /** `false`: no pings are sent, as the session has a heartbeat of its own. */
  readonly pings?: false;
  /** `false`: Close frames are sent without a reason. */
  readonly reasons?: false;
}

/** How many clients of an application there are without a WebSocket connection. */
export interface HttpClients {
  /** By Server-Sent Events. */
  readonly sse: number;
  /** By long polling. */
  readonly poll: number;
}

/** A request of which a standard `Request` is made when it is needed, as that takes time. */
export interface RequestMaker {
  /** The URL that the request is for. */
  readonly url: string;
  /** Makes the standard request. */
  makeRequest(): Request;
}

/** A plain request as it goes from one thread to another, with its body. */
export interface PlainRequest {
  /** The URL that it is for. */
  readonly url: string;
  /** The method. */
  readonly method: string;
  /** The header fields, by name and value. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Missing where there is none. */
  readonly body?: Uint8Array<ArrayBuffer>;
  /** The client's address, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
}

/** The answer to a {@linkcode PlainRequest}. */
export interface PlainResponse {
  /** The status. */
  readonly status: number;
  /** The header fields, by name and value. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty where there is none. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Answers a request of another thread. The signal aborts when the client has gone. */
export type RequestAnswerer = (
  request: PlainRequest,
  signal: AbortSignal,
) => Promise<PlainResponse>;

/**
 * A port that servers of several threads share, each of which has sessions of its own: the
 * `sharedPort` of a `workerBroker()`.
 */
export interface SharedPort {
  /** Name of this thread: letters and digits, new at every start. */
  readonly node: string;
  /** Whether another living thread is called so. */
  has(node: string): boolean;
  /** Takes the requests that other threads hand in; of one server in a thread. */
  receive(answer: RequestAnswerer): void;
  /** Hands a request to another thread. Rejects where that does not answer. */
  forward(node: string, request: PlainRequest, signal: AbortSignal): Promise<PlainResponse>;
}

/** The settings of a connection besides the handshake itself. */
export interface UpgradeTerms {
  /** The answer of the hook. */
  readonly answer?: UpgradeAnswer | undefined;
  /** More header fields for the 101. */
  readonly headers?: HeadersInit | undefined;
  /** The subprotocol to answer with where no other one is agreed on. */
  readonly fallbackProtocol?: string | undefined;
  /** The parts of the protocol that the connection leaves out. */
  readonly terms?: ConnectionTerms | undefined;
  /** Takes the connection when it opens; without it, the handler of the server does. */
  readonly open?: ((connection: Connection) => void) | undefined;
}

/** The memory of one holder that `memoryBudget` bounds. To count is to assign. */
export interface MemoryAccount {
  /** Bytes that it holds alone. */
  bytes: number;
  /** Bytes that it holds with others, which {@linkcode Memory.sharedBytes} counts once for all. */
  sharedBytes: number;
}

/** Holds memory on behalf of a peer. */
export interface MemoryHolder {
  /**
   * The budget is used up, and this holder was chosen: it must release all that it holds
   * within the call. Its account is closed by now, and counts nothing any more.
   */
  evict(): void;
}

/** The budget, as its holders see it. */
export interface Memory {
  /** Bytes that several holders hold together: counted once, while at least one holds them. */
  sharedBytes: number;
  /** Opens an account for a holder. It needs no closing. */
  open(holder: MemoryHolder): MemoryAccount;
}

/** A notice to the operator of a server: an event of a client, and the option to set. */
export interface Notice {
  /** The code that the client was told, or one of the server's. */
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
}

/** A notice and its subject. */
export interface SubjectNotice extends Notice {
  /** The subject: a code is reported once for each. */
  readonly subject: string;
  /** Address of the peer. */
  readonly address: string;
  /** The client's id, where it has one. */
  readonly id?: string | undefined;
  /** The origin that was refused, where it is about one. */
  readonly origin?: string | undefined;
  /** The path that was asked for. */
  readonly path?: string | undefined;
}

/** Reports a notice, unless it was reported. Does not throw. */
export type Notify = (notice: SubjectNotice) => void;
