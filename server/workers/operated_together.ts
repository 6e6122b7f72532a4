/** The numbers of all workers as those of one server. */

import type { BrokerEars, BrokerLink } from "../app/streams/broker.ts";
import type { Operated, ServerStats } from "../operations/server_stats.ts";

/** Workers ask one another in a scope that no namespace has: names of these begin with a slash. */
const scope = "operations";

/** How long the others have to tell their numbers, in milliseconds. */
const timeout = 1_000;

/** Asks the other workers, and answers them. */
export class OperatedTogether implements Operated {
  readonly #server: Operated;
  readonly #link: BrokerLink;

  /**
   * @param server The worker's own.
   * @param link Opens the access to the others.
   */
  constructor(server: Operated, link: (scope: string, ears: BrokerEars) => BrokerLink) {
    this.#server = server;
    this.#link = link(scope, {
      published() {},
      stands() {},
      told() {},
      asked: async () => JSON.stringify(await server.stats()),
      gone() {},
      vanished() {},
      appeared() {},
      state() {},
    });
  }

  /** Whether this worker welcomes connections. */
  get ready(): boolean {
    return this.#server.ready;
  }

  /** Adds up the numbers of all workers. */
  async stats(): Promise<ServerStats> {
    const own = await this.#server.stats();
    const others = await this.#link.ask("all", "", timeout).catch(() => ({ replies: [] }));
    return others.replies.reduce((sum, reply) => addStats(sum, JSON.parse(reply)), own);
  }
}

/** Adds the numbers of two servers; the first says whether they are ready. */
export function addStats(one: ServerStats, other: ServerStats): ServerStats {
  // The cast: the sum has the shape of its parts.
  return add(one, other) as ServerStats;
}

/** Where a histogram's bucket ends, and how many workers there are, is the same in all of them. */
const notAdded: ReadonlySet<string> = new Set(["seconds", "nodes"]);

function add(one: unknown, other: unknown, name?: string): unknown {
  if (one === undefined) return other;
  if (typeof one === "number" && typeof other === "number") {
    return notAdded.has(name ?? "") ? one : one + other;
  }
  if (Array.isArray(one) && Array.isArray(other)) return one.map((each, i) => add(each, other[i]));
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
    return one;
  }
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    Array.from(names, (key) => [key, add(Reflect.get(one, key), Reflect.get(other, key), key)]),
  );
}
