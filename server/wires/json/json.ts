/** The JSON wire: how an application's events are written as JSON text over WebSocket. */

import type { EventError } from "../../app/events/errors.ts";
import type { Outgoing } from "../../app/events/outgoing.ts";
import type { AckId, Answer, Peer, PeerAcceptor, Session, WelcomeFields } from "../../app/peer.ts";
import type { Joined } from "../../app/streams/position.ts";
import type {
  Admission,
  Application,
  Connection,
  Notice,
  Notify,
  RequestInfo,
  RequestMaker,
  SendResult,
} from "../../types.ts";
import {
  type ClientMessage,
  decodeMessage,
  encodeAnswer,
  encodeError,
  encodeEvent,
  encodeOutgoing,
} from "./json_message.ts";
import { namespaceAt } from "./namespace_path.ts";
import { joinedFields, pong, readSignOfLife } from "./room_message.ts";

/** Key of this wire's encodings. */
const wire = Symbol("json");

/**
 * Says that the server lives where it cannot say more yet: the events of a client are handled one
 * at a time, so its question whether we are there waits behind a handler that takes long.
 */
const busy = encodeEvent("server:busy", undefined);

/** Options of {@linkcode jsonApplication}. */
export interface JsonOptions {
  /** Bytes of a connection's queue from which on it counts as congested. */
  readonly highWaterMark?: number;
  /** Where the application is served, with its namespaces below it; without it, anywhere. */
  readonly path?: string | undefined;
  /** Tells the operator of the server something about a client. */
  readonly notify?: Notify | undefined;
}

/**
 * Lets an application speak JSON with WebSocket connections.
 *
 * @param app Takes in each connection as a peer.
 * @param options What the wire must know of the connections.
 * @returns What `serve` opens connections with.
 */
export function jsonApplication(
  app: PeerAcceptor,
  { highWaterMark = 65_536, path, notify = () => {} }: JsonOptions = {},
): Application {
  /** Without a path of its own, the application itself takes what is no namespace. */
  function find(namespace: string): PeerAcceptor | undefined {
    if (namespace === "/") return app;
    return app.namespace?.(namespace) ?? (path === undefined ? app : undefined);
  }
  return {
    async admit(request: RequestMaker, info: RequestInfo): Promise<Response | Admission> {
      const namespace = namespaceAt(new URL(request.url).pathname, path);
      const acceptor = namespace === undefined ? undefined : find(namespace);
      if (namespace === undefined || acceptor === undefined) {
        return new Response("No WebSocket at this path\n", { status: 404 });
      }
      const admission = acceptor.admitUnread?.(info) ??
        await acceptor.admit?.(request.makeRequest(), info) ?? {};
      return admission instanceof Response ? admission : { ...admission, namespace };
    },
    upgradesAt(pathname: string): boolean {
      const namespace = namespaceAt(pathname, path);
      return namespace !== undefined && find(namespace) !== undefined;
    },
    open(connection: Connection, admission: Admission = {}): void {
      const acceptor = find(admission.namespace ?? "/") ?? app;
      const peer = new JsonPeer(connection, admission, { highWaterMark, notify });
      const session = acceptor.accept(peer);
      connection.on("message", (data) => receive(session, peer, data));
      connection.on("waiting", () => peer.tellBusy());
      connection.on("close", (close) => session.closed(close));
      session.open();
    },
  };
}

/** Takes a message, if it may be read. A sign of life is none: it is answered, and not counted. */
function receive(
  session: Session,
  peer: JsonPeer,
  data: string | Uint8Array,
): Promise<void> | void {
  const sign = readSignOfLife(data);
  if (sign !== undefined) return sign === "ping" ? peer.tellAlive() : undefined;
  if (session.mayRead?.(data.length) ?? true) return report(session, decodeMessage(data));
}

/** Reports a message to the session that it is for. */
export function report(session: Session, message: ClientMessage): Promise<void> | void {
  if (message.kind === "event") return session.event(message);
  if (message.kind === "join") return session.join(message);
  if (message.kind === "leave") return session.leave(message);
  if (message.kind === "auth") return session.auth(message.token);
  if (message.kind === "malformed") session.malformed(message.error, message.event);
  else session.answered(message.ackId, message.answer);
}

type JsonPeerOptions = Required<Pick<JsonOptions, "highWaterMark">> & { readonly notify: Notify };

/** A WebSocket connection as a peer. */
class JsonPeer implements Peer {
  readonly #connection: Connection;
  readonly #options: JsonPeerOptions;
  #isWelcome = false;

  constructor(connection: Connection, readonly admission: Admission, options: JsonPeerOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get id(): string {
    return this.#connection.id;
  }

  get request(): Request {
    return this.#connection.request;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get data(): unknown {
    return this.#connection.data;
  }

  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  get congested(): boolean {
    return this.#connection.bufferedAmount > this.#options.highWaterMark;
  }

  welcome(fields: WelcomeFields): SendResult {
    this.#isWelcome = true;
    return this.#connection.send(encodeEvent("welcome", fields));
  }

  authenticated(claims?: Readonly<Record<string, unknown>>): SendResult {
    return this.#connection.send(encodeEvent("auth_ok", claims && { user: claims }));
  }

  send(outgoing: Outgoing): SendResult {
    const prepared = outgoing.encoded(
      wire,
      () => this.#connection.prepare(encodeOutgoing(outgoing)),
    );
    return this.#connection.send(prepared);
  }

  answer(ackId: AckId, answer: Answer): SendResult {
    return this.#connection.send(encodeAnswer(ackId, answer));
  }

  refuse(error: EventError, event?: string): SendResult {
    return this.#connection.send(encodeError(error, event));
  }

  joined(room: string, joined: Joined): SendResult {
    return this.#connection.send(encodeEvent("room:joined", joinedFields(room, joined)));
  }

  left(room: string): SendResult {
    return this.#connection.send(encodeEvent("room:left", { roomId: room }));
  }

  /** Answers a sign of life. A client that does not read the answers is not read from either. */
  tellAlive(): Promise<void> | void {
    if (this.#connection.send(pong) === "queued") return this.#connection.drained();
  }

  /** Gives a sign of life; `welcome` comes first. */
  tellBusy(): void {
    if (this.#isWelcome) this.#connection.send(busy);
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  notice(notice: Notice): void {
    const { id, remoteAddress: address } = this.#connection;
    this.#options.notify({ ...notice, subject: id, id, address });
  }

  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  terminate(): void {
    this.#connection.terminate();
  }
}
