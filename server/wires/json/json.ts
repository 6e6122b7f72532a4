/** The JSON wire: how an application's events are written as JSON text over WebSocket. */

import { parseClientMessage, pongText, signOfLife } from "../../../wire/client_message.ts";
import {
  encodeAuthOk,
  encodeJoined,
  encodeLeft,
  encodeWelcome,
} from "../../../wire/server_message.ts";
import { EventError } from "../../app/events/errors.ts";
import type { Outgoing } from "../../app/events/outgoing.ts";
import type { AckId, Answer, Peer, Session, WelcomeFields } from "../../app/peer.ts";
import type { Joined } from "../../app/streams/position.ts";
import type { Connection, Notice, Notify, SendResult } from "../../types.ts";
import { refusalResponse } from "../refusal.ts";
import type { Upgrade, WireContext, WireHandler } from "../wire.ts";
import { encodeError, encodeOutgoing, encodeReply, report } from "./json_message.ts";
import { namespaceAt } from "./namespace_path.ts";

/** Key of this wire's encodings. */
const wire = Symbol("json");

/** Settings of the wire's connections. */
export interface JsonOptions {
  /** Bytes of a connection's queue from which on it counts as congested. */
  readonly highWaterMark: number;
  /** Tells the operator of the server something about a client. */
  readonly notify: Notify;
}

/**
 * The JSON wire of a server with an application: at `path`, and with the namespaces below it.
 * `serve` adds it behind all others.
 */
export function json({ app, path, limits, notify }: WireContext): WireHandler {
  const options = { highWaterMark: limits.highWaterMark, notify };
  /** Without a path of its own, the application itself takes what is no namespace. */
  function find(pathname: string): string | undefined {
    const namespace = namespaceAt(pathname, path);
    if (namespace === undefined || app === undefined) return undefined;
    return app.hasNamespace(namespace) ? namespace : path === undefined ? "/" : undefined;
  }
  return {
    owns: (pathname) => find(pathname) !== undefined,
    async upgrade(request): Promise<Response | Upgrade> {
      const namespace = find(new URL(request.url).pathname) ?? "/";
      const entry = await request.enter({ namespace });
      if (entry instanceof Response || entry instanceof EventError) return refusalResponse(entry);
      const admitted = await entry.admit(namespace);
      if (admitted instanceof EventError) return refusalResponse(admitted);
      const accept = (peer: Peer) => admitted.accept(peer);
      return {
        entry,
        open: (connection) => openJson(connection, accept, options),
        fallbackProtocol: admitted.fallbackProtocol,
      };
    },
  };
}

/** Speaks JSON over a connection with the acceptor of its peer. */
export function openJson(
  connection: Connection,
  accept: (peer: Peer) => Session,
  options: JsonOptions,
): void {
  const peer = new JsonPeer(connection, options);
  const session = accept(peer);
  connection.on("message", (data) => receive(peer, session, data));
  connection.on("waiting", () => void peer.sendSignOfLife());
  connection.on("close", (close) => session.closed(close));
  session.open();
}

/** Takes a message, if it may be read. A sign of life is no message of the session's. */
function receive(
  peer: JsonPeer,
  session: Session,
  data: string | Uint8Array,
): Promise<void> | void {
  const sign = typeof data === "string" ? signOfLife(data) : undefined;
  if (sign === "ping") return peer.sendSignOfLife();
  if (sign === "pong" || !(session.mayRead?.(data.length) ?? true)) return;
  const message = parseClientMessage(data);
  return message.kind === "ping" ? peer.sendSignOfLife() : report(session, message);
}

/** A WebSocket connection as a peer. */
class JsonPeer implements Peer {
  readonly #connection: Connection;
  readonly #options: JsonOptions;
  #isWelcome = false;

  constructor(connection: Connection, options: JsonOptions) {
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
   * Gives a sign of life: asked for, or where the server cannot say more yet. The events of a
   * client are handled one at a time, so its `ping` waits behind a handler that takes long.
   * `welcome` comes first.
   *
   * @returns A promise where a client does not read the answers: it is not read from either.
   */
  sendSignOfLife(): Promise<void> | void {
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
