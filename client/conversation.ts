/** What is said over the line: events, requests and answers, both ways, and who keeps them. */

import { PendingAcks, unwrap } from "./acks.ts";
import { Responder, runHandlers } from "./answering.ts";
import { Authentication } from "./authentication.ts";
import { messageTooBig } from "./close_code.ts";
import { Credentials } from "./credentials.ts";
import { ClientError, type ServerError } from "./errors.ts";
import { type AnyEvents, type Handler, Handlers } from "./events.ts";
import { IdleWatch } from "./idle_watch.ts";
import { Line } from "./line.ts";
import { type Answer, decodeMessage, encodeEvent, encodeRequest } from "./message.ts";
import type { ResolvedOptions } from "./options.ts";
import { type Letter, Outbox, type SendResult } from "./outbox.ts";
import { newRequestId } from "./request_id.ts";
import { type Gap, type RoomQuestion, Rooms } from "./rooms.ts";
import { Route } from "./route.ts";
import type { StateChange } from "./state.ts";
import type { Data } from "./transport.ts";

/** Sets of functions that are told what happens. */
export interface Listeners {
  readonly state: Set<(change: StateChange) => void>;
  readonly gap: Set<(gap: Gap) => void>;
  readonly message: Set<(data: string | ArrayBuffer) => void>;
}

/** Joins the parts of a client. */
export class Conversation {
  readonly #url: URL;
  readonly #options: ResolvedOptions;
  readonly #acks: PendingAcks;
  readonly #outbox: Outbox;
  readonly #authentication: Authentication;
  readonly #idle: IdleWatch;
  readonly #responder: Responder;
  readonly handlers: Handlers<AnyEvents> = new Handlers();
  readonly listeners: Listeners = { state: new Set(), gap: new Set(), message: new Set() };
  readonly line: Line;
  readonly rooms: Rooms;
  /** The id that the server has given us on this connection. */
  id: string | undefined;

  constructor(url: URL, options: ResolvedOptions) {
    this.#url = url;
    this.#options = options;
    const { clock, connectTimeout } = options;
    this.#acks = new PendingAcks(clock, (id) => this.#outbox.withdraw(id));
    this.#outbox = new Outbox(options, clock, {
      deliver: ({ data, ackId }) => {
        if (ackId !== undefined) this.#acks.sent(ackId);
        this.line.send(data);
      },
      dropped: ({ ackId = "" }) => {
        this.#acks.settle(ackId, new ClientError("QUEUE_FULL", "Too many messages wait"));
      },
    });
    this.rooms = new Rooms(options, {
      ask: (question) => this.#askToJoin(question),
      gap: (gap) => this.#tell(this.listeners.gap, gap),
    });
    this.#authentication = new Authentication(
      new Credentials(options.token, options.tokenBy),
      clock,
      {
        send: (text) => this.line.send(text),
        ready: () => this.#ready(),
        failed: (error) => options.onError(error),
      },
    );
    this.#idle = new IdleWatch(options.idleTimeout, connectTimeout, clock, {
      probe: () => this.line.send(encodeRequest(newRequestId(), "ping", null), "probe"),
      dead: () => this.line.lose("Server is silent"),
    });
    this.#responder = new Responder({
      bufferedAmount: () => this.line.bufferedAmount,
      send: (text) => this.line.send(text, "answer"),
      unread: () => this.line.lose("Server asks, and does not read the answers"),
      failed: options.onError,
    });
    this.line = this.#makeLine();
  }

  #makeLine(): Line {
    const { ways, fallbackAfter } = this.#options;
    return new Line(this.#options, new Route(ways, fallbackAfter), {
      target: async () => {
        const { protocols } = this.#options;
        return { url: this.#url, protocols, ...await this.#authentication.prepare() };
      },
      opened: () => this.#authentication.opened(),
      message: (data) => this.#receive(data),
      alive: () => this.#idle.heard(),
      refused: (data, error) => this.#refused(data, error),
      lost: () => this.#lost(),
      mayRenew: () => this.#authentication.mayRenew(),
      shaken: () => this.#idle.check(),
      changed: (change) => this.#changed(change),
    });
  }

  // ----- Connections -----

  #ready(): void {
    this.line.establish();
    this.#idle.start();
    this.rooms.rejoin();
    this.#outbox.open();
  }

  #lost(): void {
    this.id = undefined;
    this.#authentication.lost();
    this.#idle.stop();
    this.#outbox.close();
    this.rooms.lost();
    this.#acks.disconnected();
  }

  #changed(change: StateChange): void {
    if (change.state === "closed") {
      this.#outbox.clear();
      this.#acks.close();
      this.rooms.closed(new ClientError("CLOSED", "Client is closed"));
    }
    this.#tell(this.listeners.state, change);
  }

  /** Presents a new token on the present connection. */
  renew(): Promise<void> {
    return this.#authentication.renew();
  }

  // ----- Sending -----

  /** Sends a message as it is. */
  send(data: Data): SendResult {
    return this.line.state === "closed" ? "dropped" : this.#outbox.send({ data });
  }

  /** Sends a request; resolves to its answer. */
  async ask(event: string, data: unknown, timeout: number): Promise<unknown> {
    if (this.line.state === "closed") throw new ClientError("CLOSED", "Client is closed");
    const ackId = newRequestId();
    const letter = { data: encodeRequest(ackId, event, data), ackId };
    const outcome = await new Promise<Answer | ClientError>((resolve) => {
      this.#acks.expect(ackId, resolve, timeout);
      this.#post(letter);
    });
    return unwrap(outcome);
  }

  /** Sends a request; that it cannot even wait is an answer, too. */
  #post(letter: Letter): void {
    try {
      this.#outbox.send(letter);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#acks.settle(letter.ackId ?? "", error);
    }
  }

  /** A message was not taken: told to whoever waits for its answer, or as an error. */
  #refused(data: Data, cause: unknown): void {
    const error = new ClientError("NOT_SENT", "Server does not take the message", { cause });
    const message = typeof data === "string" ? decodeMessage(data) : undefined;
    const isSettled = message?.kind === "request" && this.#acks.settle(message.id, error);
    if (!isSettled) this.#options.onError(error);
  }

  // ----- Rooms -----

  /** Leaves a room. */
  leave(roomId: string): void {
    const wasIn = this.rooms.leave(roomId);
    if (wasIn && this.line.state === "open") this.send(encodeEvent("room:leave", { roomId }));
  }

  #askToJoin({ roomId, position, isAgain }: RoomQuestion): void {
    const ackId = newRequestId();
    const letter = { data: encodeRequest(ackId, "room:join", { roomId, ...position }), ackId };
    this.#acks.expect(ackId, (outcome) => {
      if (outcome instanceof ClientError && outcome.code === "QUEUE_FULL") {
        this.rooms.refused(roomId, outcome);
      } else if (outcome instanceof ClientError) {
        this.#outbox.withdraw(ackId);
        this.rooms.unanswered(roomId);
      } else if ("error" in outcome) this.#joinRefused(roomId, outcome.error);
      // Otherwise `room:joined` says more, and may come later.
    });
    if (isAgain) this.#outbox.sendFirst(letter);
    else this.#post(letter);
  }

  #joinRefused(roomId: string, cause: ServerError): void {
    if (cause.code === "RATE_LIMITED") {
      const seconds = cause.details.retryAfter;
      return this.rooms.postponed(roomId, typeof seconds === "number" ? seconds * 1_000 : 0);
    }
    const { code, message } = cause;
    const refusal = `Cannot join "${roomId}": ${message}`;
    this.rooms.refused(roomId, new ClientError("ACK_REFUSED", refusal, { cause }));
    this.#run("error", { code, message, roomId });
  }

  // ----- Receiving -----

  #receive(data: string | ArrayBuffer): void {
    this.#idle.heard();
    const { maxMessageSize } = this.#options;
    const size = typeof data === "string" ? data.length : data.byteLength;
    if (size > maxMessageSize) return this.line.end(messageTooBig(maxMessageSize));
    const message = typeof data === "string" ? decodeMessage(data) : undefined;
    if (message === undefined) this.#tell(this.listeners.message, data);
    else if (message.kind === "ack") this.#acks.settle(message.id, message.answer);
    else if (message.kind === "request") this.#answer(message.id, message.event, message.data);
    else this.#take(message.event, message.data);
  }

  #take(event: string, data: Record<string, unknown>): void {
    if (event === "welcome" && typeof data.id === "string") this.id = data.id;
    if (this.rooms.receive(event, data)) this.#run(event, data);
    this.#authentication.receive(event, data);
  }

  #run(event: string, data: unknown): void {
    runHandlers(this.handlers.take(event), data, this.#options.onError);
  }

  #answer(id: string, event: string, data: unknown): void {
    const client = this.id;
    // On another connection nobody waits for the answer.
    const isAwaited = () => this.#outbox.isOpen && client === this.id;
    const handlers = this.handlers.take(event);
    void this.#responder.respond({ id, event, data, handlers }, isAwaited);
  }

  #tell<News>(listeners: ReadonlySet<(news: News) => void>, news: News): void {
    const { onError } = this.#options;
    // The cast: the same type goes in at both ends.
    runHandlers([...listeners] as Handler<unknown>[], news, onError);
  }
}
