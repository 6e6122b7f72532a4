/** Socket.IO over polling by hand, around an application that writes down what it is told. */

import type { EventError } from "@hawser/ws";
import type { Peer, Session } from "../../server/app/peer.ts";
import type { SocketIoOptions } from "../../server/socketio/options.ts";
import { socketio } from "../../server/socketio/socketio.ts";
import type { MemoryAccount, MemoryHolder } from "../../server/types.ts";
import type { Entry, WireHandler } from "../../server/wires/wire.ts";
import { ManualClock } from "./clients.ts";
import { contextOf, wireRequest } from "./engine.ts";

/** One client, as the application has it. */
export interface RecordedSession {
  readonly namespace: string;
  readonly peer: Peer;
  /** The calls that the session has received. */
  readonly trace: unknown[];
}

/** An application and the wire in front of it, in a time of its own. */
export class RecordingApp {
  readonly clock = new ManualClock();
  readonly sessions: RecordedSession[] = [];
  /** The credentials of each request. */
  readonly auths: unknown[] = [];
  readonly failures: unknown[] = [];
  readonly notices: unknown[] = [];
  /** The memory that each account holds. */
  readonly accounts: { readonly account: MemoryAccount; readonly holder: MemoryHolder }[] = [];
  readonly wire: WireHandler;
  /** Decides who comes in. */
  decide: () => Promise<EventError | undefined> = () => Promise.resolve(undefined);
  /** Called before a packet of this size is read. */
  mayRead: (size: number) => boolean = () => true;
  /** Called to handle an event. */
  handled: () => Promise<void> | void = () => {};

  constructor(options: SocketIoOptions = {}) {
    this.wire = socketio(options)(contextOf(this.clock, {
      app: {
        hasNamespace: (name) => ["/", "/deck", "/hold"].includes(name) || name.startsWith("/n-"),
        publish: () => Promise.reject(new Error("Nobody publishes here")),
        emitToUser() {},
      },
      memory: {
        sharedBytes: 0,
        open: (holder) => {
          const account = { bytes: 0, sharedBytes: 0 };
          this.accounts.push({ account, holder });
          return account;
        },
      },
      failed: (error) => void this.failures.push(error),
      notify: (notice) => void this.notices.push(notice),
    }));
  }

  readonly #admit: Entry["admit"] = async (namespace, auth) => {
    this.auths.push(auth);
    const refusal = await this.decide();
    return refusal ?? {
      fallbackProtocol: undefined,
      accept: (peer) => this.#accept(namespace, peer),
    };
  };

  #accept(namespace: string, peer: Peer): Session {
    const trace: unknown[] = [];
    const id = `client-${this.sessions.length}`;
    this.sessions.push({ namespace, peer, trace });
    return {
      open: () => void peer.welcome({ id }),
      mayRead: (size) => this.mayRead(size),
      event: ({ event, data, ackId }) => {
        trace.push(ackId === undefined ? [event, data] : [event, data, ackId]);
        return this.handled();
      },
      join: ({ rooms }) => void trace.push(["join", ...rooms]),
      leave: ({ rooms }) => void trace.push(["leave", ...rooms]),
      auth() {},
      malformed: ({ code }, event) => void trace.push([code, event]),
      answered: (ackId, answer) => void trace.push(["answered", ackId, answer]),
      closed: (close) => void trace.push(close),
    };
  }

  /** Opens a session. */
  async client(query = ""): Promise<PollingClient> {
    const ask = (query: string, init?: RequestInit) => this.#ask(query, init);
    const [, body] = await ask(query);
    return new PollingClient(ask, JSON.parse(body.slice(1)).sid);
  }

  async #ask(query: string, init?: RequestInit): Promise<[status: number, body: string]> {
    const url = `http://127.0.0.1/socket.io/?EIO=4&transport=polling${query}`;
    const info = { remoteAddress: "192.0.2.1", protocols: [] };
    const request = wireRequest(new Request(url, init), info, this.#admit);
    const response = await this.wire.fetch?.(request);
    return [response?.status ?? 0, await response?.text() ?? ""];
  }

  /** The packets that the newest client has received. */
  get last(): RecordedSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error("Nobody has come");
    return session;
  }
}

/** Sends a request. */
type Ask = (query: string, init?: RequestInit) => Promise<[status: number, body: string]>;

/** Sends and fetches packets of Socket.IO as text. */
export class PollingClient {
  readonly #ask: Ask;
  readonly #query: string;

  constructor(ask: Ask, sid: string) {
    this.#ask = ask;
    this.#query = `&sid=${sid}`;
  }

  /** Sends packets of Socket.IO: text, or bytes in base64 behind a `b`. */
  async send(...packets: readonly string[]): Promise<number> {
    const body = packets.map((packet) => packet.startsWith("b") ? packet : `4${packet}`).join(
      "\x1e",
    );
    return (await this.#ask(this.#query, { method: "POST", body }))[0];
  }

  /** Sends a payload of the engine. */
  async sendRaw(body: string): Promise<number> {
    return (await this.#ask(this.#query, { method: "POST", body }))[0];
  }

  /** Fetches what waits, or will; packets of the engine that are no message keep their type. */
  async fetch(): Promise<string[]> {
    const [status, body] = await this.#ask(this.#query);
    if (status !== 200) return [String(status)];
    return body.split("\x1e").map((packet) => packet.startsWith("4") ? packet.slice(1) : packet);
  }

  /** Connects to a namespace, and returns what that is answered with. */
  async connect(packet = "0"): Promise<string> {
    await this.send(packet);
    return (await this.fetch()).join();
  }
}
