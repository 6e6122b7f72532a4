/** The JSON wire: how an application's events are written as JSON text over WebSocket. */

import { parseClientMessage, pongText, signOfLife } from "../../../wire/client_message.ts";
import {
  encodeAuthOk,
  encodeJoined,
  encodeLeft,
  encodeWelcome,
} from "../../../wire/server_message.ts";
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
import { encodeError, encodeOutgoing, encodeReply, report } from "./json_message.ts";
import { namespaceAt } from "./namespace_path.ts";

/** Key of this wire's encodings. */
const wire = Symbol("json");

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
      connection.on("message", (data) => receive(peer, session, data));
      connection.on("waiting", () => void peer.showLife());
      connection.on("close", (close) => session.closed(close));
      session.open();
    },
  };
}

/** Takes a message, if it may be read. A sign of life is no message of the session's. */
function receive(
  peer: JsonPeer,
  session: Session,
  data: string | Uint8Array,
): Promise<void> | void {
  const sign = typeof data === "string" ? signOfLife(data) : undefined;
  if (sign === "ping") return peer.showLife();
  if (sign === "pong" || !(session.mayRead?.(data.length) ?? true)) return;
  return report(session, parseClientMessage(data), () => peer.showLife());
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
    return this.#connection.send(encodeWelcome(fields));
  }

  authenticated(claims?: Readonly<Record<string, unknown>>): SendResult {
    return this.#connection.send(encodeAuthOk(claims));
  }

  send(outgoing: Outgoing): SendResult {
    const prepared = outgoing.encoded(
      wire,
      () => this.#connection.prepare(encodeOutgoing(outgoing)),
    );
    return this.#connection.send(prepared);
  }

  answer(ackId: AckId, answer: Answer): SendResult {
    return this.#connection.send(encodeReply(ackId, answer));
  }

  refuse(error: EventError, event?: string): SendResult {
    return this.#connection.send(encodeError(error, event));
  }

  joined(room: string, joined: Joined): SendResult {
    return this.#connection.send(encodeJoined(room, joined, joined.fields));
  }

  left(room: string): SendResult {
    return this.#connection.send(encodeLeft(room));
  }

  /**
   * Gives a sign of life: asked for, or where the server cannot say more yet. The events of a client
   * are handled one at a time, so its `ping` waits behind a handler that takes long. `welcome` comes
   * first.
   *
   * @returns A promise where a client does not read the answers: it is not read from either.
   */
  showLife(): Promise<void> | void {
    if (this.#isWelcome && this.#connection.send(pongText) === "queued") {
      return this.#connection.drained();
    }
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
