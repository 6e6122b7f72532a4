/** The peer that a response is written to. */

import { encodeLatin1 } from "../../../protocol/latin1.ts";
import { joinBytes } from "./response_head.ts";

/** The peer that a response is written to, and the request that it answers. */
export interface ResponseTarget {
  readonly method: string;
  /** Minor version of the request. */
  readonly version: 0 | 1;
  /** Whether the connection ends with this response, which asks for it or does not. */
  ends(isAsked: boolean): boolean;
  /** Seconds for which the connection is kept otherwise, as announced to the peer. */
  readonly keepAlive?: number | undefined;
  /** Aborts when the peer has disconnected. */
  readonly signal: AbortSignal;
  /** Whether it has. */
  readonly aborted: boolean;
  /**
   * Writes a whole response in one write, as the last thing that is asked for. That it has failed
   * is the peer's doing. The head may end with a body of ASCII.
   */
  sendWhole(head: string, body: Uint8Array): Promise<void>;
  /** The same of a response that is encoded already; the bytes are shared by many. */
  sendPrepared(bytes: Uint8Array): Promise<void>;
  /** Writes a head, and what follows it, in one write. */
  sendHead(head: string, body: Uint8Array): Promise<void>;
  /** Writes all of some bytes. */
  send(bytes: Uint8Array): Promise<void>;
  /**
   * Resolves when what was waited for may be written: one message may be for hundreds, who do not
   * all write in the same turn of the event loop.
   */
  turnToWrite(): Promise<void>;
  /** Called where the body is not known at once, before more of it is awaited. */
  streaming(): void;
}

/** Passes a response on, and keeps it where it is written whole. */
export class RecordingTarget implements ResponseTarget {
  readonly #target: ResponseTarget;
  readonly #keep: (bytes: Uint8Array, asksToEnd: boolean) => void;
  #asksToEnd = false;

  /** @param keep Called with a response that is written whole. */
  constructor(target: ResponseTarget, keep: (bytes: Uint8Array, asksToEnd: boolean) => void) {
    this.#target = target;
    this.#keep = keep;
  }

  get method(): string {
    return this.#target.method;
  }

  get version(): 0 | 1 {
    return this.#target.version;
  }

  ends(isAsked: boolean): boolean {
    this.#asksToEnd = isAsked;
    return this.#target.ends(isAsked);
  }

  get keepAlive(): number | undefined {
    return this.#target.keepAlive;
  }

  get signal(): AbortSignal {
    return this.#target.signal;
  }

  get aborted(): boolean {
    return this.#target.aborted;
  }

  sendWhole(head: string, body: Uint8Array): Promise<void> {
    return this.sendPrepared(joinBytes(encodeLatin1(head), body));
  }

  sendPrepared(bytes: Uint8Array): Promise<void> {
    this.#keep(bytes, this.#asksToEnd);
    return this.#target.sendPrepared(bytes);
  }

  sendHead(head: string, body: Uint8Array): Promise<void> {
    return this.#target.sendHead(head, body);
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.#target.send(bytes);
  }

  turnToWrite(): Promise<void> {
    return this.#target.turnToWrite();
  }

  streaming(): void {
    this.#target.streaming();
  }
}
