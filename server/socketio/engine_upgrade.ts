/** The change of a session from polling to WebSocket: nothing is lost or doubled by it. */

import type { Deadlines } from "../deadlines.ts";
import type { Connection } from "../types.ts";
import { encodeEnginePacket, type EnginePacket } from "./engine_packet.ts";
import type { PollingTransport } from "./engine_polling.ts";
import type { EngineSession, PendingUpgrade } from "./engine_session.ts";
import { type PacketReceiver, WebSocketTransport } from "./engine_websocket.ts";

const probe = "probe";

/** How changes to WebSocket go. */
export interface UpgradeContext {
  readonly deadlines: Deadlines;
  /** Milliseconds in which one must be completed. */
  readonly upgradeTimeout: number;
  /** Bytes of a connection's queue from which on it counts as congested. */
  readonly highWaterMark: number;
  /** A session uses WebSocket from now on. */
  readonly completed: () => void;
}

/**
 * A connection that wants to take a session over. The client asks whether it carries packets both
 * ways (`2probe`, `3probe`), stops polling, for which its polls are answered, and sends `5`. Until
 * then the session goes on by polling, even where the connection fails.
 */
export class EngineUpgrade implements PacketReceiver, PendingUpgrade {
  readonly #session: EngineSession;
  readonly #polling: PollingTransport;
  readonly #transport: WebSocketTransport;
  readonly #context: UpgradeContext;
  readonly #stopTimer: () => void;
  #isProbed = false;
  #isOver = false;

  constructor(
    session: EngineSession,
    polling: PollingTransport,
    connection: Connection,
    context: UpgradeContext,
  ) {
    this.#session = session;
    this.#polling = polling;
    this.#context = context;
    this.#transport = new WebSocketTransport(connection, this, context.highWaterMark);
    this.#stopTimer = context.deadlines.after(context.upgradeTimeout, () => this.cancel());
    session.setUpgrade(this);
  }

  receive({ type, data }: EnginePacket): undefined {
    if (this.#isOver) return;
    if (type === "ping" && data === probe && !this.#isProbed) this.#answerProbe();
    else if (type === "upgrade" && this.#isProbed) this.#complete();
    else this.cancel();
  }

  #answerProbe(): void {
    this.#isProbed = true;
    this.#transport.sendPacket(encodeEnginePacket("pong", probe));
    // Clients poll once more meanwhile, and would wait for the next ping.
    this.#polling.endPolls(true);
  }

  #complete(): void {
    this.#isOver = true;
    this.#stopTimer();
    for (const packet of this.#polling.retire()) this.#transport.sendWaiting(packet);
    this.#transport.redirect(this.#session);
    this.#session.upgrade(this.#transport);
    this.#context.completed();
  }

  /** The connection has closed, or has brought what is no packet. */
  end(): void {
    this.cancel();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer();
    this.#polling.endPolls(false);
    this.#session.setUpgrade(undefined);
    this.#transport.end();
  }
}
