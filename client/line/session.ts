/** Events, requests and answers over a connection, in both directions. */

import { Responder, runHandlers } from "./answering.ts";
import { Authentication } from "../authentication.ts";
import { checkClose, messageTooBig } from "../close_code.ts";
import { Credentials } from "../credentials.ts";
import { ClientError } from "../errors.ts";
import type { AnyEvents } from "../../wire/event_types.ts";
import { type Handler, Handlers } from "../events.ts";
import { IdleWatch } from "./idle_watch.ts";
import { ReconnectingConnection } from "./reconnecting_connection.ts";
import { pingText, pongText } from "../../wire/client_message.ts";
import type { StreamPlace } from "../../wire/event_message.ts";
import {
  parseServerMessage,
  type ServerMessage,
  type SystemMessage,
} from "../../wire/server_message.ts";
import { readAnswer } from "../message.ts";
import type { ResolvedOptions } from "../options.ts";
import { type Rate, rateOf, readRate } from "../transports/token_bucket.ts";
import { RoomClient } from "../rooms/room_client.ts";
import type { Gap, Rooms } from "../rooms/rooms.ts";
import { TransportSelector } from "../transports/transport_selector.ts";
import { Sender } from "./sender.ts";
import type { StateChange } from "../state.ts";

/** Listeners of the client. */
export interface Listeners {
  readonly state: Set<(change: StateChange) => void>;
  readonly gap: Set<(gap: Gap) => void>;
  readonly message: Set<(data: string | ArrayBuffer) => void>;
}

/** Rate of queued messages for a server that states none. */
const unknownRate: Rate = { perSecond: 10, burst: 10 };

/**
 * Milliseconds that a connection has to send its messages before it is left, and between checks.
 */
const drainTimeout = 5_000;
const drainInterval = 50;

/** Connects the parts of a client. */
export class ClientSession {
  readonly #options: ResolvedOptions;
  readonly #getUrl: () => Promise<URL>;
  readonly #authentication: Authentication;
  readonly #idle: IdleWatch;
  readonly #responder: Responder;
  readonly handlers: Handlers<AnyEvents> = new Handlers();
  readonly listeners: Listeners = { state: new Set(), gap: new Set(), message: new Set() };
  readonly connection: ReconnectingConnection;
  readonly sender: Sender;
  readonly #roomClient: RoomClient;
  /** The id that the server has given us on this connection. */
  id: string | undefined;
  /** Rate that the server allows on this connection; `undefined`: any. */
  #rate: Rate | undefined = unknownRate;
  /** Whether the first message of the server is awaited. */
  #awaitsWelcome = false;
  #stopDraining: () => void = () => {};

  constructor(getUrl: () => Promise<URL>, options: ResolvedOptions) {
    this.#getUrl = getUrl;
    this.#options = options;
    const { clock, connectTimeout, onError } = options;
    this.sender = new Sender(options, () => this.connection, () => this.#roomClient.flush());
    this.#roomClient = new RoomClient(options, {
      send: (text) => this.sender.sendFirst(text),
      gap: (gap) => this.#tell(this.listeners.gap, gap),
    });
    const credentials = new Credentials(options.token, options.tokenBy);
    this.#authentication = new Authentication(credentials, clock, {
      send: (text) => this.connection.sendOwn(text, "event"),
      ready: () => this.#ready(),
      failed: onError,
    });
    this.#idle = new IdleWatch(options.idleTimeout, connectTimeout, clock, {
      probe: () => this.connection.sendOwn(pingText, "probe"),
      dead: () => this.connection.fail("Server is silent"),
    });
    this.#responder = new Responder({
      bufferedAmount: () => this.connection.bufferedAmount,
      send: (text) => this.connection.sendOwn(text, "answer"),
      unread: () => this.connection.fail("Server asks, and does not read the answers"),
      failed: onError,
    });
    this.connection = this.#makeConnection();
  }

  #makeConnection(): ReconnectingConnection {
    const { factories, fallbackAfter, protocols } = this.#options;
    const authentication = this.#authentication;
    return new ReconnectingConnection(
      this.#options,
      new TransportSelector(factories, fallbackAfter),
      {
        target: async () => {
          return { url: await this.#getUrl(), protocols, ...await authentication.prepare() };
        },
        probeTarget: async () => {
          return { url: await this.#getUrl(), protocols, ...await authentication.prepareProbe() };
        },
        opened: () => this.#opened(),
        message: (data) => this.#receive(data),
        alive: () => this.#idle.received(),
        refused: (data, error) => this.sender.refused(data, error),
        lost: () => this.#lost(),
        mayRenew: () => authentication.mayRenew(),
        networkChanged: () => this.#idle.check(),
        preferredAvailable: () => this.#returnToPreferred(this.#options.clock.now() + drainTimeout),
        changed: (change) => this.#changed(change),
      },
    );
  }

  // ----- Connections -----

  /** Whether the signal has aborted. */
  get isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** Connects now, unless the signal has aborted. */
  connect(): void {
    if (!this.isAborted) this.connection.connect();
  }

  readonly #abort = (): void => void this.close(1000, "");

  #opened(): void {
    this.#rate = unknownRate;
    // The first message states the rate.
    this.#awaitsWelcome = this.#options.speaksJson;
    if (!this.#awaitsWelcome) this.#authentication.opened();
  }

  #ready(): void {
    if (!this.connection.establish()) return;
    this.#idle.start();
    this.#roomClient.opened();
    const { flushRate } = this.#options;
    this.sender.open(flushRate === undefined ? this.#rate : rateOf(flushRate));
  }

  #lost(): void {
    this.id = undefined;
    this.#awaitsWelcome = false;
    this.#stopDraining();
    this.#authentication.lost();
    this.#idle.stop();
    this.#roomClient.lost();
    this.sender.lost();
  }

  #changed(change: StateChange): void {
    const { signal } = this.#options;
    if (change.state === "closed") {
      this.sender.end();
      this.#roomClient.closed(new ClientError("CLOSED", "Client is closed"));
    }
    // A signal may live longer than the client, and must not hold it.
    if (change.state === "closed") signal?.removeEventListener("abort", this.#abort);
    else signal?.addEventListener("abort", this.#abort);
    this.#tell(this.listeners.state, change);
  }

  /** Switches to the preferred transport, once this one has sent its messages. */
  #returnToPreferred(end: number): void {
    const { clock } = this.#options;
    this.sender.hold();
    if (this.connection.bufferedAmount === 0 || clock.now() >= end) {
      return this.connection.returnToPreferred();
    }
    this.#stopDraining = clock.after(drainInterval, () => this.#returnToPreferred(end));
  }

  /** Presents a new token on the present connection. */
  renew(): Promise<void> {
    return this.#authentication.renew();
  }

  /** Closes for good. */
  async close(code: number, reason: string): Promise<void> {
    checkClose(code, reason);
    // Before the connection closes, so that requests reject with `CLOSED`, not `ACK_DISCONNECTED`.
    this.sender.end();
    await this.connection.close(code, reason);
  }

  // ----- Rooms -----

  /** The rooms that the client is in, or wants to be in. */
  get rooms(): Rooms {
    return this.#roomClient.rooms;
  }

  /** Leaves a room. */
  leave(roomId: string): void {
    this.#roomClient.leave(roomId, this.connection.state === "open");
  }

  // ----- Receiving -----

  #receive(data: string | ArrayBuffer): void {
    this.#idle.received();
    const { maxMessageSize } = this.#options;
    const size = typeof data === "string" ? data.length : data.byteLength;
    if (size > maxMessageSize) return this.connection.end(messageTooBig(maxMessageSize));
    const message = typeof data === "string" ? parseServerMessage(data) : undefined;
    if (message?.kind === "system" && message.event === "welcome") this.#welcomed(message.data);
    if (this.#awaitsWelcome) {
      this.#awaitsWelcome = false;
      this.#authentication.opened();
    }
    if (message === undefined || message.kind === "malformed") {
      this.#tell(this.listeners.message, data);
    } else this.#handle(message);
  }

  #handle(message: Exclude<ServerMessage, { readonly kind: "malformed" }>): void {
    switch (message.kind) {
      case "event":
        return this.#take(message.event, message.data, message.id, message.place);
      case "system":
        return this.#takeSystem(message);
      case "answer":
        return this.sender.answered(message.id, readAnswer(message.answer));
      case "ping":
        return this.connection.sendOwn(pongText, "answer");
      case "pong":
        // That it has come is all that it says.
        return;
    }
  }

  #welcomed({ id, rateLimit }: Readonly<Record<string, unknown>>): void {
    if (typeof id === "string") this.id = id;
    this.#rate = rateLimit === undefined ? unknownRate : readRate(rateLimit);
  }

  #take(
    event: string,
    data: unknown,
    id: string | undefined,
    place: StreamPlace | undefined,
  ): void {
    if (id !== undefined) return this.#answer(id, event, data);
    if (place === undefined || this.rooms.receive(place)) this.#run(event, data);
  }

  #takeSystem({ event, data }: SystemMessage): void {
    if (this.#roomClient.receive(event, data)) return;
    this.#run(event, data);
    this.#authentication.receive(event, data);
  }

  #run(event: string, data: unknown): void {
    runHandlers(this.handlers.take(event), data, this.#options.onError);
  }

  #answer(id: string, event: string, data: unknown): void {
    const client = this.id;
    // An answer belongs to the connection of its request.
    const isAwaited = () => this.connection.state === "open" && client === this.id;
    const handlers = this.handlers.take(event);
    void this.#responder.respond({ id, event, data, handlers }, isAwaited);
  }

  #tell<News>(listeners: ReadonlySet<(news: News) => void>, news: News): void {
    const { onError } = this.#options;
    // The cast: the same type goes in at both ends.
    runHandlers([...listeners] as Handler<unknown>[], news, onError);
  }
}
