/** An application for clients: rooms that catch up, and events of most kinds. */

import {
  App,
  type AppOptions,
  EventError,
  fallback,
  type FallbackOptions,
  serve,
  type Server,
} from "@hawser/ws";

/** The events that a client sends. */
export interface AppClientEvents {
  /** Is published in the room. */
  say: { roomId: string; text: string };
  /** Is answered with itself. */
  echo: unknown;
  /** Is answered when `patience` is over. */
  wait: unknown;
  /** Is answered with what the client answers to `question`. */
  confirm: unknown;
}

/** The events that the server sends. */
export interface AppServerEvents {
  said: { roomId: string; text: string };
  question: unknown;
}

/** An application at `/ws`, with fallback transports. */
export class ClientServer implements AsyncDisposable {
  readonly app: App<AppClientEvents, AppServerEvents>;
  readonly server: Server;
  readonly url: string;
  /** Rooms whose joining is refused. */
  readonly closedRooms = new Set<string>();
  /** The resolver of a pending `wait`. */
  readonly patience: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Rooms that clients have asked for. */
  readonly joins: string[] = [];

  constructor(
    { fallback: given = {}, ...options }:
      & AppOptions<AppServerEvents, unknown>
      & { readonly fallback?: FallbackOptions | false } = {},
    port = 0,
  ) {
    this.app = new App({
      rateLimit: false,
      ...options,
      rooms: {
        join: (_client, room) => {
          this.joins.push(room);
          if (this.closedRooms.has(room)) throw new EventError("FORBIDDEN", "Room is closed");
        },
        ...typeof options.rooms === "object" && { history: options.rooms.history },
      },
    });
    this.#addHandlers();
    const wires = given === false ? [] : [fallback(given)];
    this.server = serve({ port, hostname: "127.0.0.1", path: "/ws", app: this.app, wires });
    this.url = `ws://127.0.0.1:${this.port}/ws`;
  }

  /** Where it listens. */
  get port(): number {
    return this.server.addr.port;
  }

  /** Ends all connections without a word; the server stays. */
  cut(): void {
    for (const client of this.app.broadcast.clients()) client.terminate();
  }

  /** Publishes in a room. */
  async say(roomId: string, ...texts: string[]): Promise<void> {
    for (const text of texts) await this.app.publish(roomId, "said", { roomId, text });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown({ deadline: 1_000 });
  }

  #addHandlers(): void {
    const { app } = this;
    app.on("say", async (_client, { roomId, text }) => {
      await this.say(roomId, text);
    });
    app.on("echo", (_client, data) => data);
    app.on("wait", () => this.patience.promise);
    app.on("confirm", (client, data) => client.emitWithAck("question", data));
  }
}
