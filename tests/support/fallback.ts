/** The HTTP wires of an application, called without a network. */

import { App } from "../../server/app/app.ts";
import type { AnyEvents } from "../../wire/event_types.ts";
import type { AppOptions } from "../../server/app/options.ts";
import { MemoryBudget } from "../../server/net/memory_budget.ts";
import { resolveOptions } from "../../server/resolved_options.ts";
import type { QueueLimits } from "../../server/slow_peer_detector.ts";
import type { SubjectNotice } from "../../server/types.ts";
import type { EntryContext } from "../../server/wires/entry.ts";
import { Fallback } from "../../server/wires/fallback/fallback.ts";
import {
  type FallbackOptions,
  resolveFallbackOptions,
} from "../../server/wires/fallback/options.ts";
import type { WireContext } from "../../server/wires/wire.ts";
import { ManualClock } from "./clients.ts";
import { EventStream } from "./event_stream.ts";
import { TestWires } from "./wires.ts";
import type { PollAnswer } from "./poller.ts";

/** Settings of a test. */
export interface FallbackSettings {
  readonly app?: AppOptions<AnyEvents, unknown>;
  readonly limits?: Partial<QueueLimits>;
  readonly fallback?: FallbackOptions;
  readonly upgrade?: EntryContext["upgrade"];
  readonly path?: string;
  readonly memoryBudget?: number;
}

/** An application whose clients join rooms as they like, and its fallback transports. */
export class FallbackServer {
  readonly clock: ManualClock = new ManualClock();
  readonly memory: MemoryBudget;
  readonly app: App;
  #fallback: Fallback | undefined;
  readonly #wires: TestWires;
  /** The notices to the operator. */
  readonly notices: readonly SubjectNotice[];
  /** How clients have ended: code and reason. */
  readonly closes: [code: number, reason: string][] = [];
  /** Errors of the application where no request waited for it. */
  readonly errors: readonly unknown[];

  constructor(
    { app, limits, fallback = {}, upgrade, path, memoryBudget = 1 << 28 }: FallbackSettings = {},
  ) {
    const { clock } = this;
    this.memory = new MemoryBudget(memoryBudget, clock.now);
    this.app = new App({ clock, rateLimit: false, rooms: true, ...app });
    this.app.onDisconnect((_client, { code, reason }) => void this.closes.push([code, reason]));
    const resolved = resolveFallbackOptions(fallback);
    const wire = (context: WireContext) => this.#fallback = new Fallback(resolved, context);
    this.#wires = new TestWires(this.app, [wire], {
      limits: { ...resolveOptions({}), ...limits },
      memory: this.memory,
      path,
      ...upgrade && { upgrade },
    });
    this.notices = this.#wires.notices;
    this.errors = this.#wires.errors;
  }

  /** The wire. */
  get fallback(): Fallback {
    return this.#fallback!;
  }

  /** Sends a request; fails where it is for somebody else. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.#wires.fetch(path, init);
    if (response === undefined) throw new Error(`${path} is not served`);
    return response;
  }

  /** Opens an event stream, and takes the welcome. */
  async stream(
    path: string,
    init?: RequestInit,
  ): Promise<{ stream: EventStream; session: string; id: string }> {
    const stream = new EventStream(await this.fetch(path, init));
    const { session, id } = (await stream.next())!.data;
    return { stream, session, id };
  }

  /** Polls. */
  async poll(path: string, init?: RequestInit): Promise<PollAnswer> {
    return await (await this.fetch(path, init)).json();
  }

  /** Sends events; a text as it is. */
  async send(session: string, message: unknown, init: RequestInit = {}): Promise<Response> {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    return await this.fetch(`/events?session=${session}`, { method: "POST", body, ...init });
  }

  /** Sends all away, so that no timer is left. */
  [Symbol.dispose](): void {
    this.#wires[Symbol.dispose]();
  }
}
