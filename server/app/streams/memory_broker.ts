/** The broker of a single node, over any history. */

import { checkOptions, type OptionType } from "../../../wire/option_checks.ts";
import { MemoryPresence } from "../presence/memory_presence.ts";
import type { Presence } from "../presence/presence.ts";
import type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerMessage,
  BrokerStats,
  NodeInfo,
  Replies,
  Topic,
} from "./broker.ts";
import type { History, HistoryPage } from "./history.ts";
import { type HistoryOptions, isHistory, openHistory } from "./history_options.ts";
import { newNodeName } from "./node_name.ts";
import type { JoinFrom, Position } from "./position.ts";

/** Options of {@linkcode memoryBroker}. */
export interface MemoryBrokerOptions {
  /**
   * How much is kept of what is published, or where else it is kept. A history of your own serves
   * one scope, and is closed with the broker.
   *
   * @default The last 100 messages of a room, in memory.
   */
  history?: HistoryOptions;
  /**
   * Where presence is kept, of one scope as well.
   *
   * @default In memory.
   */
  presence?: Presence;
  /**
   * The time in milliseconds, from any origin, for `history.maxAge`.
   *
   * @default {performance.now}
   */
  now?: () => number;
}

const optionTypes = {
  history: "object|boolean",
  presence: "object",
  now: "function",
} as const satisfies Record<keyof MemoryBrokerOptions, OptionType>;

/**
 * Makes the broker of a single node: the default of an {@linkcode App}, and the reference for
 * others. It calls `published` at once, in the order of the calls, and there is nobody to tell or to
 * ask.
 *
 * @param options How much is kept.
 * @returns The broker, for one application and its namespaces.
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} A bound of the history is out of range.
 *
 * @example A broker by itself
 * ```ts
 * import { memoryBroker } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * await using broker = memoryBroker({ history: { size: 20 } });
 * const heard: number[] = [];
 * const link = broker.link("/", {
 *   published: (_room, { seq }) => void heard.push(seq),
 *   stands() {},
 *   told() {},
 *   asked: () => Promise.resolve(""),
 *   gone() {},
 *   vanished() {},
 *   appeared() {},
 *   state() {},
 * });
 * await link.follow("room:deck");
 * const { seq } = await link.publish("deck", "note", '{"text":"hi"}');
 * assertEquals([seq, heard], [1, [1]]);
 * ```
 */
export function memoryBroker(options: MemoryBrokerOptions = {}): Broker {
  return new MemoryBroker(options);
}

/** Makes the broker of an application that knows itself which rooms it follows. */
export function innerBroker(
  options: MemoryBrokerOptions,
  follows: (room: string) => boolean,
): Broker {
  return new MemoryBroker(options, follows);
}

/** The counts of a single node. */
interface Counts {
  published: number;
  rejected: number;
  waiting: number;
}

class MemoryBroker implements Broker {
  readonly #options: MemoryBrokerOptions;
  readonly #links = new Map<string, MemoryLink>();
  readonly #info: NodeInfo = { node: newNodeName(), startedAt: Date.now() };
  readonly #counts: Counts = { published: 0, rejected: 0, waiting: 0 };
  readonly #follows: ((room: string) => boolean) | undefined;
  #isClosed = false;

  constructor(options: MemoryBrokerOptions, follows?: (room: string) => boolean) {
    this.#follows = follows;
    checkOptions("memoryBroker", options, optionTypes);
    openHistory(options.history ?? {}); // throws where a bound is out of range
    this.#options = options;
  }

  /** There is nobody to be cut off from. */
  get state(): "up" {
    return "up";
  }

  link(scope: string, ears: BrokerEars): BrokerLink {
    const { history = {}, presence, now } = this.#options;
    if (this.#isClosed) throw new TypeError("Cannot link: the broker is closed");
    if (this.#links.has(scope)) throw new TypeError(`Cannot link: scope "${scope}" is linked`);
    const isShared = presence !== undefined || history !== false && isHistory(history);
    if (isShared && this.#links.size > 0) {
      throw new TypeError(`Cannot link "${scope}": a history or presence serves one scope`);
    }
    const store = presence ?? new MemoryPresence();
    const ended = () => this.#links.delete(scope);
    const link = new MemoryLink(
      this.#info,
      ears,
      store,
      this.#counts,
      {
        follows: this.#follows,
        ended,
        open: (isInUse) => openHistory(history, { isInUse, ...now && { now } }),
      },
    );
    this.#links.set(scope, link);
    return link;
  }

  stats(): BrokerStats {
    return {
      nodes: 1,
      ...this.#counts,
      told: 0,
      heard: 0,
      dropped: 0,
      foreign: 0,
      questions: 0,
      missing: 0,
      reconnections: 0,
      refused: 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const link of this.#links.values()) await link[Symbol.asyncDispose]();
  }
}

/** Publishes to one room whose results have not been handed out. */
interface PublishLine {
  /** How many. */
  waiting: number;
  /** Settles, and never rejects, when the newest has been handed out. */
  last: Promise<unknown> | undefined;
}

/** How a link gets at its history, and at what is followed. */
interface MemoryLinkContext {
  readonly follows: ((room: string) => boolean) | undefined;
  open(isInUse: (room: string) => boolean): History;
  ended(): void;
}

class MemoryLink implements BrokerLink {
  readonly isAlone = true;
  readonly presence: Presence;
  readonly #info: NodeInfo;
  readonly #ears: BrokerEars;
  readonly #counts: Counts;
  readonly #history: History;
  readonly #ended: () => void;
  /** Where the application does not know by itself. */
  readonly #followed: Set<Topic> | undefined;
  readonly #follows: (room: string) => boolean;
  /** By room. */
  readonly #lines = new Map<string, PublishLine>();

  constructor(
    info: NodeInfo,
    ears: BrokerEars,
    presence: Presence,
    counts: Counts,
    { follows, open, ended }: MemoryLinkContext,
  ) {
    this.#ended = ended;
    this.#info = info;
    this.#ears = ears;
    this.presence = presence;
    this.#counts = counts;
    this.#followed = follows === undefined ? new Set() : undefined;
    this.#follows = follows ?? ((room) => this.#followed?.has(`room:${room}`) ?? false);
    this.#history = open(this.#follows);
  }

  get node(): string {
    return this.#info.node;
  }

  publish(room: string, event: string, data: string): Promise<Position> {
    const appended = this.#history.append(room, event, data);
    let line = this.#lines.get(room);
    if (line === undefined) this.#lines.set(room, line = { waiting: 0, last: undefined });
    line.waiting++;
    this.#counts.waiting++;
    const published = this.#handOut(room, { event, data }, appended, line);
    line.last = published.catch(() => {});
    return published;
  }

  /** Hands a message out once it is stored and those before it are handed out. */
  async #handOut(
    room: string,
    message: BrokerMessage,
    appended: Promise<Position>,
    line: PublishLine,
  ): Promise<Position> {
    const earlier = line.last;
    try {
      const position = await appended;
      if (earlier !== undefined) await earlier;
      this.#counts.published++;
      if (this.#follows(room)) this.#ears.published(room, position, message);
      return position;
    } catch (error) {
      this.#counts.rejected++;
      await earlier; // or the next one, which waits for this one only, would come before it
      throw error;
    } finally {
      this.#counts.waiting--;
      if (--line.waiting === 0) this.#lines.delete(room);
    }
  }

  read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage> {
    return this.#history.read(room, since, limit);
  }

  current(room: string): Promise<Position> {
    return this.#history.current(room);
  }

  follow(topic: Topic): Promise<void> {
    this.#followed?.add(topic);
    return Promise.resolve();
  }

  unfollow(topic: Topic): void {
    this.#followed?.delete(topic);
  }

  tell(_topic: Topic, _message: string): void {}

  ask(_topic: Topic, _message: string, _timeout: number): Promise<Replies> {
    return Promise.resolve({ replies: [], missing: 0 });
  }

  nodes(): readonly NodeInfo[] {
    return [this.#info];
  }

  /** Waits for what is being stored, and closes the stores. Rejects where one cannot be closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended();
    await Promise.all(Array.from(this.#lines.values(), ({ last }) => last));
    await closeStore(this.#history);
    await closeStore(this.presence);
  }
}

/** Closes a store that can be closed. */
async function closeStore(store: History | Presence): Promise<void> {
  if (store[Symbol.asyncDispose] === undefined) store[Symbol.dispose]?.();
  else await store[Symbol.asyncDispose]?.();
}
