/** Wires of an application, asked without a network. */

import { systemClock } from "../../server/clock.ts";
import { acceptor, type Servable } from "../../server/app/peer.ts";
import { MemoryBudget } from "../../server/net/memory_budget.ts";
import { resolveOptions } from "../../server/resolved_options.ts";
import type { SubjectNotice, UpgradeTerms } from "../../server/types.ts";
import type { EntryContext } from "../../server/wires/entry.ts";
import type { Wire, WireContext } from "../../server/wires/wire.ts";
import { WireSet } from "../../server/wires/wire_set.ts";

/** Settings of a test. */
export interface WireSettings extends Partial<WireContext> {
  readonly upgrade?: EntryContext["upgrade"];
}

/** The wires of one application, as a server would ask them. */
export class TestWires {
  readonly #set: WireSet;
  /** The notices to the operator. */
  readonly notices: SubjectNotice[] = [];
  /** Errors where no request waited for the result. */
  readonly errors: unknown[] = [];

  constructor(app: Servable, wires: readonly Wire[], settings: WireSettings = {}) {
    const { upgrade, ...changes } = settings;
    const peers = app[acceptor];
    const clock = peers.clock ?? systemClock;
    const notify = (notice: SubjectNotice) => void this.notices.push(notice);
    const context: WireContext = {
      app: {
        hasNamespace: (name) => peers.hasNamespace?.(name) ?? name === "/",
        publish: (room, event, data) => peers.publish!(room, event, data),
        emitToUser: (user, event, data) => peers.emitToUser!(user, event, data),
      },
      path: undefined,
      newSessionId: () => crypto.randomUUID(),
      clock,
      limits: resolveOptions({}),
      maxMessageSize: 1 << 20,
      memory: new MemoryBudget(1 << 28, clock.now),
      log: undefined,
      notify,
      failed: (error) => void this.errors.push(error),
      ...changes,
    };
    this.#set = new WireSet(wires.map((wire) => wire(context)), {
      app: peers,
      upgrade,
      notify,
      gate: { allowsOrigin: (origin) => origin === "http://localhost" },
    });
  }

  /** Sends a request; `undefined`: it is for none of them. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response | undefined> {
    const request = new Request(new URL(path, "http://localhost"), init);
    const maker = { url: request.url, makeRequest: () => request };
    return await this.#set.fetch(maker, { remoteAddress: "::1", protocols: [] });
  }

  /** Asks for an upgrade; `undefined`: none of them upgrades at the path. */
  async upgrade(
    path: string,
    { protocols = [], ...init }: RequestInit & { readonly protocols?: string[] } = {},
  ): Promise<Response | UpgradeTerms | undefined> {
    const url = `http://localhost${path}`;
    const maker = { url, makeRequest: () => new Request(url, init) };
    return await this.#set.decide(maker, { remoteAddress: "192.0.2.1", protocols });
  }

  /** Sends all away. */
  [Symbol.dispose](): void {
    this.#set.shutdown({ code: 1012, reason: "" });
  }
}
