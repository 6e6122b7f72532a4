/** The JSON wire: how an application's events are written as JSON text over WebSocket. */

import type { EventError } from "../app/errors.ts";
import type { Outgoing } from "../app/outgoing.ts";
import type { AckId, Answer, Peer, PeerAcceptor, Session, WelcomeFields } from "../app/peer.ts";
import type { Application, Connection, SendResult } from "../types.ts";
import { decodeMessage, encodeAnswer, encodeError, encodeEvent } from "./json_message.ts";

/** Key of this wire's encodings. */
const wire = Symbol("json");

/**
 * Lets an application speak JSON with WebSocket connections.
 *
 * @param app Takes in each connection as a peer.
 * @returns What `serve` opens connections with.
 */
export function jsonApplication(app: PeerAcceptor): Application {
  return {
    open(connection: Connection): void {
      const session = app.accept(new JsonPeer(connection));
      connection.on("message", (data) => receive(session, data));
      connection.on("close", (close) => session.closed(close));
      session.open();
    },
  };
}

function receive(session: Session, data: string | Uint8Array): Promise<void> | void {
  const message = decodeMessage(data);
  if (message.kind === "event") return session.event(message);
  if (message.kind === "malformed") session.malformed(message.error);
  // An acknowledgement: the server asks for none, so it can only be unknown.
}

/** A WebSocket connection as a peer. */
class JsonPeer implements Peer {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
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

  welcome(fields: WelcomeFields): SendResult {
    return this.#connection.send(encodeEvent("welcome", fields));
  }

  send(outgoing: Outgoing): SendResult {
    const { event, data } = outgoing;
    const prepared = outgoing.encoded(
      wire,
      () => this.#connection.prepare(encodeEvent(event, data)),
    );
    return this.#connection.send(prepared);
  }

  answer(ackId: AckId, answer: Answer): SendResult {
    return this.#connection.send(encodeAnswer(ackId, answer));
  }

  refuse(error: EventError): SendResult {
    return this.#connection.send(encodeError(error));
  }

  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  terminate(): void {
    this.#connection.terminate();
  }
}
