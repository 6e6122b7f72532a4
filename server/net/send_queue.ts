/** What one connection has to write: the only place that writes to an open connection's socket. */

import type { Prepared, Protocol } from "../../protocol/mod.ts";
import type { Batch, Cork, Corked } from "./cork.ts";
import type { Socket } from "./socket.ts";

/** Of a longer list of tiny frames, the list would be larger than the frames. */
const mostShared = 256;

/** Who is told how the writing goes. */
export interface SendQueueOwner {
  /** The queue was over its high-water mark and is empty now. */
  drained(): void;
  /** Nothing waits and the protocol has said its last word. */
  finished(): void;
  /** Writing failed: the connection is gone. */
  writeFailed(): void;
}

/** The write side of a connection. */
export class SendQueue implements Corked {
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  readonly #cork: Cork;
  readonly #highWaterMark: number;
  readonly #owner: SendQueueOwner;
  /**
   * Frames shared with other connections. They go before the protocol's own output, which holds
   * nothing but pongs or a Close while there are any.
   */
  #batch: Batch | undefined;
  #corked = false;
  /** Bytes handed to a write that has not ended. */
  #writing = 0;
  #overMark = false;
  #finished = false;
  /** Bytes handed to the kernel. */
  written = 0;
  #emptied: PromiseWithResolvers<void> | undefined;

  constructor(
    socket: Socket,
    protocol: Protocol,
    cork: Cork,
    highWaterMark: number,
    owner: SendQueueOwner,
  ) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.#cork = cork;
    this.#highWaterMark = highWaterMark;
    this.#owner = owner;
  }

  /** Bytes that wait to be handed to the kernel. */
  get size(): number {
    return this.#writing + this.#waiting;
  }

  /** `true` while a write has not ended: where it lasts, the peer does not read. */
  get writing(): boolean {
    return this.#writing > 0;
  }

  get #waiting(): number {
    return this.#protocol.outputLength + (this.#batch?.size ?? 0);
  }

  /** Appends one message. Returns `false` when the connection is not open. */
  send(data: string | Uint8Array, compress: boolean): boolean {
    if (this.#protocol.state !== "open") return false;
    this.#unshare();
    this.#protocol.send(data, compress);
    this.schedule();
    return true;
  }

  /** Appends a message that others are sent too. Returns `false` when the connection is not open. */
  sendPrepared(message: Prepared, compress: boolean): boolean {
    const frame = this.#protocol.state === "open"
      ? compress ? this.#protocol.sharedFrame(message) : message.frame()
      : undefined;
    if (frame === undefined) return this.send(message.data, compress);
    const follows = this.#batch === undefined && this.#protocol.outputLength > 0;
    if (follows) this.#protocol.sendEncoded(frame);
    else this.#appendShared(frame);
    this.schedule();
    return true;
  }

  /** Appends a ping. */
  ping(data: Uint8Array | undefined): void {
    if (this.#protocol.state === "open") this.#unshare();
    this.#protocol.ping(data);
    this.schedule();
  }

  #appendShared(frame: Uint8Array): void {
    this.#batch = (this.#batch ?? this.#cork.emptyBatch).with(frame);
    if (this.#batch.count >= mostShared) this.#unshare();
  }

  /** What is sent to this connection alone follows the batch in the same write. */
  #unshare(): void {
    if (this.#batch === undefined) return;
    this.#protocol.sendEncoded(this.#batch.bytes());
    this.#batch = undefined;
  }

  /** Asks for a flush at the end of this turn, if there is something to write. */
  schedule(): void {
    if (this.size > this.#highWaterMark) this.#overMark = true;
    if (this.#corked || this.#writing > 0) return;
    this.#corked = true;
    this.#cork.add(this);
  }

  /** Writes all that waits; what comes meanwhile follows when the write has ended. */
  flush(): void {
    this.#corked = false;
    if (this.#writing > 0) return;
    const bytes = this.#takeBytes();
    if (bytes.length > 0) this.#write(bytes);
    else this.#finish();
  }

  #takeBytes(): Uint8Array {
    const batch = this.#batch;
    if (batch === undefined) return this.#protocol.takeOutput();
    this.#batch = undefined;
    return batch.bytes();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#writing = bytes.length;
    try {
      for (let rest = bytes; rest.length > 0;) {
        const size = await this.#socket.write(rest);
        this.written += size;
        if (size === rest.length) break;
        rest = rest.subarray(size);
        this.#writing = rest.length;
      }
    } catch {
      this.#writing = 0;
      return this.#owner.writeFailed();
    }
    this.#writing = 0;
    if (this.#waiting > 0 || this.#protocol.pendingPongs > 0) return this.flush();
    this.#protocol.takeOutput(); // nothing: the buffer of what was written is free again
    this.release();
    if (this.#overMark) {
      this.#overMark = false;
      this.#owner.drained();
    }
    this.#finish();
  }

  #finish(): void {
    if (this.#finished || !this.#protocol.closeExpected) return;
    this.#finished = true;
    this.#owner.finished();
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    this.#emptied ??= Promise.withResolvers();
    return this.#emptied.promise;
  }

  /** Lets go of all who wait for {@linkcode SendQueue.drained}. */
  release(): void {
    this.#emptied?.resolve();
    this.#emptied = undefined;
  }
}
