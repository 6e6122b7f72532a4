/** One connection to Redis, which is made again whenever it is lost. */

import { createClient, ErrorReply } from "@redis/client";

/** The client of npm's package. */
export type RedisClient = ReturnType<typeof makeClient>;

/** Milliseconds between the signs of life that a connection is asked for. */
const pingInterval = 2_000;

/** Milliseconds without a byte after which a connection counts as lost. */
const socketTimeout = 5_000;

/** Milliseconds before a lost connection is made again: at first, and at most. */
const [firstDelay, lastDelay] = [50, 2_000];

/** Commands without a reply. @limit commands: rejected */
const maxCommands = 50_000;

/** Redis is there, and will never do: it is not asked again. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}

/** Receives the reports of a connection. None of these throws. */
export interface ConnectionEvents {
  /** Prepares a new connection; where it rejects, it is given up. */
  setUp(client: RedisClient): Promise<void>;
  /** It can be used. */
  ready(client: RedisClient): void;
  /** It cannot be used any more, or could not be made. */
  lost(error: unknown): void;
}

/** Keeps a connection, and makes a new client for each, so that nothing of the old one is left. */
export class Connection {
  readonly #url: string;
  readonly #name: string;
  readonly #events: ConnectionEvents;
  #client: RedisClient | undefined;
  #isReady = false;
  #isClosed = false;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param url Where Redis is.
   * @param name The client's name, for Redis.
   */
  constructor(url: string, name: string, events: ConnectionEvents) {
    this.#url = url;
    this.#name = name;
    this.#events = events;
  }

  /** The client while the connection can be used. */
  get client(): RedisClient | undefined {
    return this.#isReady ? this.#client : undefined;
  }

  /** Begins to connect. */
  start(): void {
    if (this.#isClosed || this.#client !== undefined || this.#timer !== undefined) return;
    const client = this.#client = makeClient(this.#url, this.#name);
    client.on("error", (error) => this.#lost(client, error));
    client.on("end", () => this.#lost(client, new Error("Redis has closed the connection")));
    this.#open(client).catch((error) => this.#lost(client, error));
  }

  async #open(client: RedisClient): Promise<void> {
    await client.connect();
    // It may have been given up meanwhile, and is open now.
    if (this.#client !== client) return discard(client);
    await this.#events.setUp(client);
    if (this.#client !== client) return discard(client);
    this.#isReady = true;
    this.#attempts = 0;
    this.#events.ready(client);
  }

  /** Gives up the connection, and makes another one. */
  renew(error: unknown): void {
    if (this.#client !== undefined) this.#lost(this.#client, error);
  }

  #lost(client: RedisClient, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#isReady = false;
    discard(client);
    this.#events.lost(error);
    if (this.#isClosed || error instanceof UnsupportedError) return;
    const delay = Math.min(lastDelay, firstDelay * 2 ** this.#attempts++);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.start();
    }, delay * (0.5 + Math.random() / 2));
  }

  /** Closes it for good. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    this.#isReady = false;
    if (client !== undefined) discard(client);
  }
}

// deno-lint-ignore explicit-function-return-type -- the package's type has eight parameters
function makeClient(url: string, name: string) {
  return createClient({
    url,
    name,
    RESP: 3,
    pingInterval,
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxCommands,
    maintNotifications: "disabled",
    socket: { reconnectStrategy: false, socketTimeout, connectTimeout: socketTimeout },
  });
}

function discard(client: RedisClient): void {
  try {
    client.destroy();
  } catch {
    // It is closed already.
  }
}

/** Replies after which the same command may be sent again: Redis is not ready for it. */
const passing = /^(NOSCRIPT|LOADING|TRYAGAIN|MASTERDOWN|UNBLOCKED)/;

/** The answer of a replica to writes. Redis 6.2 puts errors within scripts into one of its own. */
const readOnly = /^READONLY|-READONLY /;

/**
 * Whether Redis has answered with an error; otherwise it is not known what has become of a command.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof ErrorReply && !isPassing(error);
}

/**
 * Whether Redis has answered that it is a replica, which takes no writes: another one is needed.
 */
export function isReadOnly(error: unknown): boolean {
  return error instanceof ErrorReply && readOnly.test(error.message);
}

/** Whether Redis has answered that it cannot do this at the moment: nothing was done. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ErrorReply)) return false;
  return passing.test(error.message) || isReadOnly(error);
}
