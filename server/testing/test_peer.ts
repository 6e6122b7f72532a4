/** The server's end of a client in memory: keeps what it is sent, for the test to look at. */

import { decodeData, encodeData } from "../../wire/data.ts";
import type { EventError } from "../app/events/errors.ts";
import type { Outgoing } from "../app/events/outgoing.ts";
import type { AckId, Answer, Peer, PeerInfo, Session, WelcomeFields } from "../app/peer.ts";
import type { Joined, Position } from "../app/streams/position.ts";
import type { CloseInfo, SendResult } from "../types.ts";

/** An event that a client was sent. */
export interface ReceivedEvent {
  /** Event name. */
  readonly event: string;
  /** Its data: a copy, as a wire would have made it. */
  readonly data: unknown;
  /** The room in whose stream it stands, where it was published. */
  readonly room?: string;
  /** Where it stands there. */
  readonly position?: Position;
}

/** The functions that a peer calls. */
export interface TestPeerHandlers {
  /** An event has come. */
  received(received: ReceivedEvent): void;
  /** The server asks, and waits for the answer to this id. */
  asked(received: ReceivedEvent, ackId: number): void;
  /** The client is in a room. */
  joined(room: string, joined: Joined): void;
  /** The client is in a room no more. */
  left(room: string): void;
  /** The client is told of a mistake. */
  refused(error: EventError, event: string | undefined): void;
  /** The connection has ended. Called once. */
  closed(close: CloseInfo): void;
}

/** An endpoint of the application in memory. */
export class TestPeer implements Peer {
  readonly request: Request;
  readonly remoteAddress: string;
  readonly data: unknown;
  readonly auth: unknown;
  readonly bufferedAmount = 0;
  readonly congested = false;
  readonly #handlers: TestPeerHandlers;
  readonly #pending = new Map<AckId, PromiseWithResolvers<unknown>>();
  readonly #welcomed = Promise.withResolvers<WelcomeFields>();
  #session: Session | undefined;
  #lastId = 0;
  #close: CloseInfo | undefined;

  constructor(info: PeerInfo, handlers: TestPeerHandlers) {
    this.request = info.request;
    this.remoteAddress = info.remoteAddress;
    this.data = info.data;
    this.auth = info.auth;
    this.#handlers = handlers;
    this.#welcomed.promise.catch(() => {}); // the test may not wait for it
  }

  /** Settles when the client was welcomed, or was closed before. */
  get welcomed(): Promise<WelcomeFields> {
    return this.#welcomed.promise;
  }

  /** How the connection has ended. */
  get closeInfo(): CloseInfo | undefined {
    return this.#close;
  }

  /** Begins to report to a session. */
  open(session: Session): void {
    this.#session = session;
    session.open();
  }

  /** Makes an id for a question, and the promise of its answer. */
  ask(): { readonly ackId: string; readonly answer: Promise<unknown> } {
    const ackId = String(++this.#lastId);
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(ackId, pending);
    return { ackId, answer: pending.promise };
  }

  /** Ends the connection; the session and the client are told afterwards. */
  end(close: CloseInfo): void {
    if (this.#close !== undefined) return;
    this.#close = close;
    queueMicrotask(() => {
      const error = endedError(close);
      this.#welcomed.reject(error);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
      this.#session?.closed(close);
      this.#handlers.closed(close);
    });
  }

  // ----- What the application calls -----

  welcome(fields: WelcomeFields): SendResult {
    this.#welcomed.resolve(fields);
    return this.#sent();
  }

  authenticated(): SendResult {
    return this.#sent();
  }

  send(outgoing: Outgoing): SendResult {
    if (this.#close !== undefined) return "dropped";
    const { event, place, ackId } = outgoing;
    const data = decodeData(outgoing.text);
    const received = place === undefined
      ? { event, data }
      : { event, data, room: place.room, position: { seq: place.seq, epoch: place.epoch } };
    if (ackId === undefined) this.#handlers.received(received);
    else this.#handlers.asked(received, ackId);
    return "sent";
  }

  answer(ackId: AckId, answer: Answer): SendResult {
    // It may throw, and then the application answers with an error.
    const data = "error" in answer ? undefined : copyData(answer.data);
    const pending = this.#pending.get(ackId);
    this.#pending.delete(ackId);
    if ("error" in answer) pending?.reject(answer.error);
    else pending?.resolve(data);
    return this.#sent();
  }

  refuse(error: EventError, event?: string): SendResult {
    this.#handlers.refused(error, event);
    return this.#sent();
  }

  joined(room: string, joined: Joined): SendResult {
    this.#handlers.joined(room, joined);
    return this.#sent();
  }

  left(room: string): SendResult {
    this.#handlers.left(room);
    return this.#sent();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  close(code = 1000, reason = ""): void {
    this.end({ code, reason, wasClean: true });
  }

  terminate(): void {
    this.end({ code: 1006, reason: "Connection was terminated", wasClean: false });
  }

  #sent(): SendResult {
    return this.#close === undefined ? "sent" : "dropped";
  }
}

/**
 * Copies data as a wire would: through text.
 *
 * @throws {TypeError} No wire can carry it.
 */
export function copyData(data: unknown): unknown {
  return decodeData(encodeData(data));
}

/** Why nothing comes any more. */
export function endedError({ code, reason }: CloseInfo): Error {
  return new Error(`Client was closed: ${code} ${reason}`.trimEnd());
}
