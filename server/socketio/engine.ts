/** Engine.IO alone: messages of clients that come by polling or WebSocket. */

import type { SendResult } from "../types.ts";
import type { Wire } from "../wires/wire.ts";
import { EngineMessage } from "./engine_packet.ts";
import { EngineServer } from "./engine_server.ts";
import type { EngineEnd, EngineSession } from "./engine_session.ts";
import { type EngineOptions, type EngineTransportName, resolveEngineOptions } from "./options.ts";

/** The events of a socket. */
export interface EngineSocketEvents {
  /**
   * A message. A promise that the handler returns holds those behind it back.
   *
   * @param request The request that has carried it: a POST, or the upgrade request.
   */
  message: (data: string | Uint8Array, request: Request) => unknown;
  /** The client has changed from polling to WebSocket. */
  upgrade: () => void;
  /** The one end. */
  close: (reason: EngineEnd) => void;
}

/**
 * A client of Engine.IO, over any transport; made by {@linkcode engine}.
 *
 * @example Who comes by what
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { engine, type EngineSocket } from "@hawser/ws/socketio";
 * import { assertEquals } from "@std/assert";
 *
 * const sockets: EngineSocket[] = [];
 * const wire = engine({}, (socket) => void sockets.push(socket));
 * await using server = serve({ port: 0, hostname: "127.0.0.1", wires: [wire] });
 *
 * const url = `http://127.0.0.1:${server.addr.port}/engine.io/?EIO=4&transport=polling`;
 * await (await fetch(url)).text();
 * assertEquals(sockets.map(({ transport }) => transport), ["polling"]);
 * ```
 */
export class EngineSocket {
  readonly #session: EngineSession;
  readonly #handlers: { [Name in keyof EngineSocketEvents]: EngineSocketEvents[Name][] } = {
    message: [],
    upgrade: [],
    close: [],
  };

  /** Use {@linkcode engine}. */
  constructor(session: EngineSession) {
    this.#session = session;
    session.handlers = {
      message: (data, request) => this.#receive(data, request ?? session.entry.request),
      upgraded: () => this.#handlers.upgrade.forEach((handler) => handler()),
      closed: (reason) => this.#handlers.close.forEach((handler) => handler(reason)),
    };
  }

  /** Names the session in the client's requests: any holder of it can send in the client's name. */
  get sid(): string {
    return this.#session.sid;
  }

  /** The request that opened the session. */
  get request(): Request {
    return this.#session.entry.request;
  }

  /** Address of the peer, or the one that a trusted proxy reports. */
  get remoteAddress(): string {
    return this.#session.entry.remoteAddress;
  }

  /** How the client is reached now. */
  get transport(): EngineTransportName {
    return this.#session.transport.name;
  }

  /** Bytes that wait to be sent. */
  get bufferedAmount(): number {
    return this.#session.transport.bufferedAmount;
  }

  /**
   * Adds a handler; handlers of one event run in the order in which they were added.
   *
   * @param name Event; see {@linkcode EngineSocketEvents}.
   * @param handler Called at each event.
   * @returns The socket.
   * @throws {TypeError} There is no such event.
   *
   * @example How a client ends
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { engine } from "@hawser/ws/socketio";
   * import { assertEquals } from "@std/assert";
   *
   * const ended = Promise.withResolvers<string>();
   * const wire = engine({}, (socket) => socket.on("close", ended.resolve));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", wires: [wire] });
   *
   * const path = "/engine.io/?EIO=4&transport=websocket";
   * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}${path}`);
   * socket.onmessage = () => socket.send("1");
   * assertEquals(await ended.promise, "transport close");
   * ```
   */
  on<Name extends keyof EngineSocketEvents>(name: Name, handler: EngineSocketEvents[Name]): this {
    if (!Object.hasOwn(this.#handlers, name)) {
      throw new TypeError(`Cannot add a handler: there is no event "${name}"`);
    }
    this.#handlers[name].push(handler);
    return this;
  }

  /**
   * Sends a message.
   *
   * @param data Text or bytes.
   * @returns The result; nothing is sent after the end.
   * @throws {TypeError} The data is neither.
   *
   * @example A welcome
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { engine } from "@hawser/ws/socketio";
   * import { assertEquals } from "@std/assert";
   *
   * const wire = engine({}, (socket) => socket.send("Ahoy"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", wires: [wire] });
   *
   * const url = `http://127.0.0.1:${server.addr.port}/engine.io/?EIO=4&transport=polling`;
   * const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1));
   * assertEquals(await (await fetch(`${url}&sid=${sid}`)).text(), "4Ahoy");
   * ```
   */
  send(data: string | Uint8Array): SendResult {
    if (typeof data !== "string" && !(data instanceof Uint8Array)) {
      throw new TypeError("Cannot send the data: it is neither text nor bytes");
    }
    return this.#session.send(new EngineMessage(data));
  }

  /**
   * Waits for the client to take what was sent.
   *
   * @returns Resolves when nothing waits to be sent any more.
   *
   * @example One after the other
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { engine } from "@hawser/ws/socketio";
   * import { assertEquals } from "@std/assert";
   *
   * const trace: string[] = [];
   * const wire = engine({}, async (socket) => {
   *   socket.send("Ahoy");
   *   await socket.drained();
   *   trace.push("taken");
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", wires: [wire] });
   *
   * const url = `http://127.0.0.1:${server.addr.port}/engine.io/?EIO=4&transport=polling`;
   * const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1));
   * assertEquals(trace, []);
   * await (await fetch(`${url}&sid=${sid}`)).text();
   * assertEquals(trace, ["taken"]);
   * ```
   */
  drained(): Promise<void> {
    return this.#session.transport.drained();
  }

  /**
   * Ends the session; what was sent before reaches the client first.
   *
   * @example A last word
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { engine } from "@hawser/ws/socketio";
   * import { assertEquals } from "@std/assert";
   *
   * const wire = engine({}, (socket) => {
   *   socket.send("Full");
   *   socket.close();
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", wires: [wire] });
   *
   * const url = `http://127.0.0.1:${server.addr.port}/engine.io/?EIO=4&transport=polling`;
   * const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1));
   * assertEquals(await (await fetch(`${url}&sid=${sid}`)).text(), "4Full\x1e1");
   * ```
   */
  close(): void {
    this.#session.close();
  }

  #receive(data: string | Uint8Array, request: Request): Promise<unknown> | undefined {
    let held: Promise<unknown>[] | undefined;
    for (const handler of this.#handlers.message) {
      const result = handler(data, request);
      if (result instanceof Promise) (held ??= []).push(result);
    }
    return held && Promise.all(held);
  }
}

/**
 * Serves Engine.IO.
 *
 * @param options Where, how, and the limits; see {@linkcode EngineOptions}.
 * @param onSocket Takes each client, before any of its messages.
 * @returns A wire, for the option `wires` of `serve`.
 * @throws {TypeError} An option is not known or has a wrong type.
 * @throws {RangeError} A number is out of range.
 *
 * @example An echo server
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { engine } from "@hawser/ws/socketio";
 * import { assertEquals } from "@std/assert";
 *
 * const wire = engine({}, (socket) => {
 *   socket.on("message", (data) => void socket.send(data));
 * });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", wires: [wire] });
 *
 * const url = `http://127.0.0.1:${server.addr.port}/engine.io/?EIO=4&transport=polling`;
 * const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1));
 * const post = await fetch(`${url}&sid=${sid}`, { method: "POST", body: "4Ahoy" });
 * assertEquals(await post.text(), "ok");
 * assertEquals(await (await fetch(`${url}&sid=${sid}`)).text(), "4Ahoy");
 * ```
 */
export function engine(
  options: EngineOptions,
  onSocket: (socket: EngineSocket) => unknown,
): Wire {
  const resolved = resolveEngineOptions(options);
  return (context) =>
    new EngineServer(resolved, context, (session) => void onSocket(new EngineSocket(session)));
}
