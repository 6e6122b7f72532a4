/** Fifty honest clients that ask once a second each, and newcomers who want to get in. */

import { dialectOf, type Kind } from "../dialects.ts";
import { type Latencies, summarizeLatencies } from "../figures/latencies.ts";
import { HonestClient } from "./client.ts";
import { LagMeter } from "./lag_meter.ts";

/** Milliseconds between two messages of a client. */
const period = 1_000;

/** Milliseconds between two newcomers. */
const newcomerPeriod = 500;

/** Guests that come at the same time. */
const guestsAtOnce = 20;

/** Numbers of a crowd since the last look. */
export interface CrowdFigures {
  /** Times from a message to its answer; one without an answer counts with its age. */
  readonly latencies: Latencies;
  /** Clients whose connection has ended, since the beginning. */
  readonly lost: number;
  /** The longest that a newcomer took to its first answer; `Infinity` for one who was refused. */
  readonly newcomer: number;
  /** The error by which the last newcomer was refused. */
  readonly refusal?: string | undefined;
  /** By how much timers of this process were late, 99 of 100: no latency is better known. */
  readonly lag: number;
}

/** The size and kind of a crowd. */
export interface CrowdOptions {
  /** Port of the server. */
  readonly port: number;
  /** The application of the server. */
  readonly kind: Kind;
  /** How many clients. */
  readonly clients: number;
  /** Makes a client's token, where the server asks for one. */
  readonly token?: ((name: string) => string) | undefined;
  /** Address from which all newcomers come, instead of one of their own. */
  readonly newcomersFrom?: string | undefined;
}

/** Clients that behave. */
export class Crowd implements Disposable {
  readonly #options: CrowdOptions;
  readonly #clients: HonestClient[] = [];
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  readonly #lag = new LagMeter();
  /** When each newcomer began that is not in. */
  readonly #arriving = new Set<number>();
  #newcomers = 0;
  #slowest = 0;
  #refusal: string | undefined;

  private constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /**
   * Lets all clients in, one after another, and starts to ask.
   *
   * @throws {Error} The server does not let one in.
   */
  static async start(options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(options);
    for (let i = 0; i < options.clients; i++) {
      crowd.#clients.push(await crowd.#open(`honest-${i}`, `127.0.1.${i + 1}`));
    }
    crowd.#clients.forEach((client, i) => {
      crowd.#every(period, () => client.ask(), period * i / options.clients);
    });
    crowd.#every(newcomerPeriod, () => void crowd.#arrive(), newcomerPeriod / 2);
    return crowd;
  }

  /**
   * Lets guests in, a few at a time, who ask once, stay until all are in, and go: a server that has
   * been in use has the buffers and the heap of one.
   *
   * @param guests How many.
   */
  async warmUp(guests: number): Promise<void> {
    const clients: HonestClient[] = [];
    let next = 0;
    const come = async () => {
      while (next < guests) {
        const number = next++;
        const client = await this.#open(`guest-${number}`, `127.0.3.${number % 250 + 1}`);
        clients.push(client);
        await client.askAndWait();
      }
    };
    await Promise.all(Array.from({ length: guestsAtOnce }, come));
    for (const client of clients) client[Symbol.dispose]();
  }

  /** Takes what is known since the last call. */
  takeFigures(): CrowdFigures {
    const times = this.#clients.map((client) => client.takeTimes());
    const now = performance.now();
    const arriving = [...this.#arriving].map((begun) => now - begun);
    const figures = {
      latencies: summarizeLatencies(times.flatMap(({ answered, waiting }) => [
        ...answered,
        ...waiting,
      ])),
      lost: this.#clients.filter(({ ended }) => ended).length,
      newcomer: Math.max(this.#slowest, ...arriving),
      refusal: this.#refusal,
      lag: this.#lag.take(),
    };
    this.#slowest = 0;
    this.#refusal = undefined;
    return figures;
  }

  /** Ends all connections. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#lag[Symbol.dispose]();
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  async #arrive(): Promise<void> {
    const number = this.#newcomers++;
    const begun = performance.now();
    this.#arriving.add(begun);
    const address = this.#options.newcomersFrom ?? `127.0.2.${number % 250 + 1}`;
    try {
      using client = await this.#open(`newcomer-${number}`, address);
      await client.askAndWait();
      this.#slowest = Math.max(this.#slowest, performance.now() - begun);
    } catch (error) {
      this.#slowest = Infinity;
      this.#refusal = error instanceof Error ? error.message : String(error);
    } finally {
      this.#arriving.delete(begun);
    }
  }

  #open(name: string, from: string): Promise<HonestClient> {
    const { kind, port, token } = this.#options;
    return HonestClient.open({ port, from }, dialectOf(kind, { name, token: token?.(name) }));
  }

  #every(milliseconds: number, run: () => void, delay: number): void {
    this.#timers.push(setTimeout(() => {
      run();
      this.#timers.push(setInterval(run, milliseconds));
    }, delay));
  }
}
