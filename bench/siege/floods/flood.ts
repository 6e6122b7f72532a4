/** The interface of floods, and their means. */

import { type RawRequest, RawSocket } from "../../peers/raw_socket.ts";
import { dialectOf, type Kind } from "../dialects.ts";

/** A way to harm a server. */
export interface Flood {
  /** Names it on the command line. */
  readonly name: string;
  /** Says in one line what is sent, for tables. */
  readonly title: string;
  /** The servers to which it means something. */
  readonly against: readonly Kind[];
  /** Whether it means the same to the servers that ours is compared with. */
  readonly comparable: boolean;
  /** Connections at the same time. */
  readonly connections: number;
  /** Whether newcomers share the flood's address. */
  readonly sharesAddress?: boolean;
  /** Sends it, as long as the process lives. */
  run(attack: Attack): Promise<void>;
}

/** Connections of most floods. */
export const few = 4;

/** Milliseconds before a connection that was thrown out comes back: a flood is bounded in count. */
const comeback = 20;

/** One flood against one server. It ends with its process. */
export class Attack {
  /** Port of the server, on this machine. */
  readonly port: number;
  /** The application of the server. */
  readonly kind: Kind;
  /** Messages, requests or connections, as the flood counts. */
  units = 0;
  /** How often the server has thrown a connection out, or not taken it. */
  thrownOut = 0;
  #names = 0;

  /** @param target Where the server is. */
  constructor({ port, kind }: { readonly port: number; readonly kind: Kind }) {
    this.port = port;
    this.kind = kind;
  }

  /**
   * Lets several connections work at the same time; one that was thrown out comes back.
   *
   * @param connections How many.
   * @param assault The action of each, repeated until the end.
   */
  async from(connections: number, assault: (index: number) => Promise<unknown>): Promise<never> {
    const repeat = async (_value: unknown, index: number): Promise<never> => {
      for (;;) {
        // The server may do anything to a flood.
        await assault(index).catch(() => {
          this.thrownOut++;
          return pause(comeback);
        });
      }
    };
    await Promise.all(Array.from({ length: connections }, repeat));
    throw new Error("A flood ends with its process");
  }

  /** Opens TCP. */
  async connect(): Promise<RawSocket> {
    return await RawSocket.connect(this.port);
  }

  /**
   * Opens a WebSocket, and joins the lobby where there is one.
   *
   * @param request Offers and fields that the flood needs.
   * @throws {Error} The server refuses.
   */
  async open(request: Omit<RawRequest, "target"> = {}): Promise<RawSocket> {
    const socket = await this.connect();
    const name = `flood-${++this.#names}`;
    const { target, hello } = dialectOf(this.kind, { name });
    const { status } = await socket.upgrade(this.port, { ...request, target });
    if (status !== 101) {
      socket[Symbol.dispose]();
      throw new Error(`Refused by ${status}`);
    }
    for (const text of hello) await socket.sendText(text);
    return socket;
  }

  /** Sends the same bytes without pause and reads what comes back, until the server ends it. */
  async pour(socket: RawSocket, bytes: Uint8Array, units: number): Promise<void> {
    let isOver = false;
    socket.count().catch(() => {}).finally(() => isOver = true);
    while (!isOver) {
      await socket.send(bytes);
      this.units += units;
    }
    this.thrownOut++;
    await pause(comeback);
  }
}

/** Never settles: the connections are held as long as the process lives. */
export function hold(): Promise<never> {
  return new Promise(() => {});
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
