/** The two connections of a node: one for commands, one for subscriptions. */

import { EventError } from "../app/events/errors.ts";
import type { BrokerState } from "../app/streams/broker.ts";
import {
  Connection,
  isReadOnly,
  isRefusal,
  type RedisClient,
  UnsupportedError,
} from "./connection.ts";
import type { ResolvedOptions } from "./options.ts";
import { type Script, scripts } from "./scripts.ts";

/** Receives the reports of the connections. None of these throws. */
export interface ConnectionsEvents {
  /** Subscriptions can be made, and none is there. */
  subscriber(client: RedisClient): void;
  /** Commands can be sent again, before any other is. Rejects where it has failed. */
  commands(): Promise<void>;
  state(state: BrokerState): void;
}

/** The arguments of a script. */
export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** An answer of Redis. */
export type Reply = string | number | null | readonly Reply[];

/** Makes both connections again when they are lost, and knows whether both are there. */
export class Connections {
  readonly #options: ResolvedOptions;
  readonly #events: ConnectionsEvents;
  readonly #commands: Connection;
  readonly #subscriber: Connection;
  readonly #name: string;
  /** Digests of the scripts, as Redis has answered them. */
  readonly #digests = new Map<Script, string>();
  #first = Promise.withResolvers<void>();
  /** Settles when commands can be sent, or never will be. */
  #waiting = Promise.withResolvers<void>();
  #isUsable = false;
  #state: BrokerState = "down";
  #error: unknown;
  /** Redis's number of the last connection for commands. */
  #lastId: number | undefined;
  #wasUp = false;
  #isClosed = false;
  /** Why Redis will never do. */
  #unsupported: UnsupportedError | undefined;
  #hasStarted = false;
  /** Times that a lost connection was made again. */
  reconnections = 0;
  /** Commands that Redis has answered with an error. */
  refused = 0;

  constructor(options: ResolvedOptions, node: string, events: ConnectionsEvents) {
    this.#options = options;
    this.#events = events;
    this.#name = `${options.prefix}-${node}`;
    this.#commands = new Connection(options.url, this.#name, {
      setUp: (client) => this.#setUp(client),
      ready: () => this.#change(),
      lost: (error) => this.#lost(error),
    });
    this.#subscriber = new Connection(options.url, `${this.#name}-s`, {
      setUp: () => Promise.resolve(),
      ready: (client) => {
        events.subscriber(client);
        this.#change();
      },
      lost: (error) => this.#lost(error),
    });
    this.#first.promise.catch(() => {});
    this.#waiting.promise.catch(() => {});
  }

  get state(): BrokerState {
    return this.#state;
  }

  /** The connection for subscriptions, while there is one. */
  get subscriber(): RedisClient | undefined {
    return this.#subscriber.client;
  }

  /** Whether a connection could not be made, or was lost, at any time. */
  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  /** Whether commands can be sent. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Whether nothing can be sent any more. */
  get isOver(): boolean {
    return this.#isClosed || this.#unsupported !== undefined;
  }

  /** Begins to connect. Resolves when both are there; rejects where they never will be. */
  start(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new TypeError("Cannot start: the broker is closed"));
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#commands.start();
      this.#subscriber.start();
    }
    return this.#first.promise;
  }

  // ----- Commands -----

  /** Sends a script at once, in the order of the calls. Rejects where there is no connection. */
  send({ script, keys, args }: ScriptCall): Promise<Reply> {
    const digest = this.#digests.get(script) ?? "";
    const texts = args.map(String);
    return this.command(["EVALSHA", digest, String(keys.length), ...keys, ...texts]);
  }

  /** Sends a command at once, in the order of the calls. Rejects where there is no connection. */
  command(words: string[]): Promise<Reply> {
    const { client } = this.#commands;
    if (client === undefined || !this.#isUsable) return Promise.reject(this.unavailable());
    return client.sendCommand<Reply>(words).catch((error: unknown) => {
      if (isRefusal(error)) this.refused++;
      // It was the master before; where the URL leads now may be another one.
      if (isReadOnly(error) && client === this.#commands.client) this.#commands.renew(error);
      throw error;
    });
  }

  /**
   * Sends a script that may be sent twice, as soon as there is a connection, until it is answered.
   *
   * @returns Redis's reply. Rejects with Redis's error, or with `UNAVAILABLE` when the time is over.
   */
  ask(call: ScriptCall): Promise<Reply> {
    return this.#persist(() => this.send(call));
  }

  /** The same for a command. */
  askCommand(words: string[]): Promise<Reply> {
    return this.#persist(() => this.command(words));
  }

  async #persist(send: () => Promise<Reply>): Promise<Reply> {
    this.start().catch(() => {});
    const late = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      late.resolve();
    }, this.#options.publishTimeout);
    try {
      while (!isLate && !this.isOver) {
        await Promise.race([this.#waiting.promise, late.promise]);
        if (!this.#isUsable) continue;
        const sent = send().catch((error: unknown) => {
          if (isRefusal(error)) throw error;
          return undefined;
        });
        const reply = await Promise.race([sent, late.promise.then(() => undefined)]);
        if (reply !== undefined) return reply;
        if (!isLate && !this.isOver) await this.reload();
      }
      throw this.unavailable();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Loads the scripts again, as Redis may have forgotten them; never rejects. */
  async reload(): Promise<void> {
    const { client } = this.#commands;
    if (client !== undefined) await this.#load(client).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** The error of a call that had to wait too long, or waits for nothing. */
  unavailable(text = this.#reason()): EventError {
    return new EventError("UNAVAILABLE", text, { cause: this.#error });
  }

  #reason(): string {
    if (this.#isClosed) return "The broker is closed";
    return this.#unsupported?.message ?? "Redis is away";
  }

  // ----- State -----

  async #setUp(client: RedisClient): Promise<void> {
    await this.#checkServer(client);
    await this.#endLast(client);
    await this.#load(client);
  }

  async #load(client: RedisClient): Promise<void> {
    const digests = await Promise.all(
      scripts.map(({ lua }) => client.sendCommand<string>(["SCRIPT", "LOAD", lua])),
    );
    scripts.forEach((script, i) => this.#digests.set(script, digests[i]!));
  }

  /** @throws {UnsupportedError} This is no server that can be used. */
  async #checkServer(client: RedisClient): Promise<void> {
    const info = await client.sendCommand<unknown>(["INFO"]).then(String, () => "");
    const value = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
    if (value("redis_mode") === "cluster" || value("cluster_enabled") === "1") {
      throw new UnsupportedError("Cannot use Redis Cluster: use a single Redis, or Sentinel's URL");
    }
    if (value("role") === "slave") throw new Error("Redis is a replica, which takes no writes");
    const version = value("redis_version");
    const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
    if (version !== undefined && (major < 6 || major === 6 && minor < 2)) {
      throw new UnsupportedError(`Cannot use Redis ${version}: 6.2 is needed`);
    }
    const policy = value("maxmemory_policy");
    if (!this.#wasUp && policy !== undefined && policy !== "noeviction") {
      this.#options.onNotice(
        `Redis may drop rooms, as its maxmemory-policy is ${policy}: noeviction is better`,
      );
    }
  }

  /** Commands of the last connection must not be carried out behind those of this one. */
  async #endLast(client: RedisClient): Promise<void> {
    try {
      const last = this.#lastId;
      this.#lastId = Number(await client.sendCommand<number>(["CLIENT", "ID"]));
      if (last === undefined) return;
      // After a restart the number may be another's.
      const found = String(await client.sendCommand(["CLIENT", "LIST", "ID", String(last)]));
      if (!found.includes(` name=${this.#name} `)) return;
      await client.sendCommand(["CLIENT", "KILL", "ID", String(last)]);
    } catch (error) {
      if (!isRefusal(error)) throw error; // the user may not do this, otherwise
    }
  }

  #change(): void {
    const isUsable = this.#commands.client !== undefined;
    const isUp = isUsable && this.#subscriber.client !== undefined;
    if (!isUsable && this.#isUsable) {
      this.#isUsable = false;
      this.#waiting = Promise.withResolvers<void>();
      this.#waiting.promise.catch(() => {});
    }
    if (isUsable && !this.#isUsable) {
      this.#isUsable = true;
      this.#waiting.resolve();
    }
    const state = isUp ? "up" : "down";
    if (state === this.#state) return;
    this.#state = state;
    this.#events.state(state);
    if (isUp) this.#up();
    else if (!this.#isClosed) {
      this.#options.onNotice(`Redis is away: ${textOf(this.#error)}`);
    }
  }

  #up(): void {
    if (this.#wasUp) {
      this.reconnections++;
      this.#options.onNotice("Redis is back");
    }
    this.#wasUp = true;
    this.#first.resolve();
    this.#events.commands().catch(() => {});
  }

  #lost(error: unknown): void {
    const isFirst = this.#error === undefined && !this.#wasUp;
    this.#error = error;
    if (isFirst) this.#options.onNotice(`Redis is away: ${textOf(error)}`);
    if (error instanceof UnsupportedError) this.#giveUp(error);
    this.#change();
  }

  #giveUp(error: UnsupportedError): void {
    this.#unsupported = error;
    this.#subscriber.close();
    this.#first.reject(error);
    this.#waiting.resolve();
    if (this.#wasUp) this.#options.onNotice(error.message);
  }

  /** Closes both, and ends what waits for them. */
  close(): void {
    this.#isClosed = true;
    this.#commands.close();
    this.#subscriber.close();
    this.#first.reject(new TypeError("Cannot start: the broker is closed"));
    this.#change();
    this.#waiting.resolve();
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
