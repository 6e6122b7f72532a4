/** The output of one connection: the only place that writes to an open connection's socket. */

import type { Prepared, Protocol } from "../../../protocol/mod.ts";
import { type QueueLimits, SlowPeerDetector } from "../../slow_peer_detector.ts";
import { Backlog, slowRate } from "./backlog.ts";
import type { Batch, BatchReader } from "./batch.ts";
import type { Cork, Corked } from "./cork.ts";
import type { Socket } from "../listen/socket.ts";

/**
 * So many bytes of a queue are not counted, and not each change of fewer.
 *
 * @limit bytes: the queue is counted against `memoryBudget`
 */
const leastCounted = 4096;

/** Gets the events of a send queue. */
export interface SendQueueOwner {
  /** The clock of the connection's deadlines, in milliseconds. */
  now(): number;
  /** {@linkcode SendQueue.heldBytes} or {@linkcode SendQueue.sharedBytes} may have changed. */
  heldChanged(): void;
  /** So many bytes more are held for this queue and for others. */
  sharedGrew(bytes: number): void;
  /** The queue was over its high-water mark and is empty now. */
  drained(): void;
  /** All is written, and the protocol sends nothing more. */
  finished(): void;
  /** Writing failed: the connection is lost. */
  writeFailed(): void;
}

/** The write side of a connection. */
export class SendQueue implements Corked {
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  readonly #cork: Cork;
  readonly #limits: QueueLimits;
  readonly #owner: SendQueueOwner;
  /** The rest of shared frames that are too many for one write: goes before the batch. */
  #reader: BatchReader | undefined;
  /**
   * Frames shared with other connections. They go before the protocol's own output, which holds
   * nothing but pongs or a Close, or what was sent later.
   */
  #batch: Batch | undefined;
  /** Whether the protocol's own output was sent after the batch, and so closes it. */
  #ownFollows = false;
  /** Bytes of the reader and the batch. */
  #waitingShared = 0;
  /** The batch that is being written, itself or by its reader. */
  #current: Batch | undefined;
  /** How many bytes waited when they were counted last; 0 where they were few. */
  #countedSize = 0;
  /** The batches that were counted then. */
  #countedCurrent: Batch | undefined;
  #countedBatch: Batch | undefined;
  #corked = false;
  /** Bytes handed to a write that has not ended. */
  #writing = 0;
  /** Whether others are sent the same bytes. */
  #writingShared = false;
  #overMark = false;
  /** Present since the queue was full, until it is empty. */
  #slowPeer: SlowPeerDetector | undefined;
  #finished = false;
  #abandoned = false;
  /** Bytes handed to the kernel. */
  written = 0;
  /** Present once much was written. */
  #backlog: Backlog | undefined;
  /** When so many bytes are written, the backlog is looked at. */
  #backlogDue = slowRate;
  #emptied: PromiseWithResolvers<void> | undefined;

  constructor(
    socket: Socket,
    protocol: Protocol,
    cork: Cork,
    limits: QueueLimits,
    owner: SendQueueOwner,
  ) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.#cork = cork;
    this.#limits = limits;
    this.#owner = owner;
  }

  /** Bytes that wait to be handed to the kernel. */
  get size(): number {
    return this.#writing + this.#protocol.outputLength + this.#waitingShared;
  }

  /** Bytes that wait and are kept for this connection alone, where it is not little that waits. */
  get heldBytes(): number {
    if (this.#countedSize === 0) return 0;
    return this.#protocol.outputLength + (this.#writingShared ? 0 : this.#writing);
  }

  /** Bytes that wait and are kept for others, too. */
  get sharedBytes(): number {
    if (this.#countedSize === 0) return 0;
    return this.#waitingShared + (this.#writingShared ? this.#writing : 0);
  }

  /** `true` while a write has not ended: where it lasts, the peer does not read. */
  get writing(): boolean {
    return this.#writing > 0;
  }

  get #waiting(): number {
    return this.#protocol.outputLength + this.#waitingShared;
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
    const protocol = this.#protocol;
    const frame = protocol.state === "open"
      ? compress ? protocol.sharedFrame(message) : message.frame()
      : undefined;
    if (frame === undefined) return this.send(message.data, compress);
    const batch = this.#batch;
    const follows = batch === undefined ? protocol.outputLength > 0 : this.#ownFollows;
    if (follows) {
      protocol.sendEncoded(frame);
    } else {
      this.#batch = (batch ?? this.#cork.emptyBatch).with(frame);
      this.#waitingShared += frame.length;
    }
    this.schedule();
    return true;
  }

  /** Appends a ping. */
  ping(data: Uint8Array | undefined): void {
    if (this.#protocol.state === "open") this.#unshare();
    this.#protocol.ping(data);
    this.schedule();
  }

  /** Output for this connection alone follows the batch: in the same write if it is small. */
  #unshare(): void {
    if (this.#batch === undefined) return;
    if (this.#batch.isSmall && !this.#ownFollows) {
      this.#protocol.sendEncoded(this.#batch.bytes());
      this.#waitingShared -= this.#batch.size;
      this.#batch = undefined;
    } else {
      this.#ownFollows = true;
    }
  }

  /** Asks for a flush at the end of this turn, if there is something to write. */
  schedule(): void {
    const { size } = this;
    if (size > this.#limits.highWaterMark) this.#overMark = true;
    if (this.#writing > 0 && size > this.#countedSize + leastCounted) this.#count();
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
    if (this.#reader === undefined && batch !== undefined) {
      this.#batch = undefined;
      this.#current = batch;
      this.#ownFollows = false;
      if (batch.isShort) {
        this.#waitingShared -= batch.size;
        this.#writingShared = true;
        return batch.bytes();
      }
      this.#reader = batch.reader();
    }
    this.#writingShared = this.#reader !== undefined;
    return this.#reader === undefined ? this.#protocol.takeOutput() : this.#takePiece(this.#reader);
  }

  #takePiece(reader: BatchReader): Uint8Array {
    const piece = reader.next();
    this.#waitingShared -= piece.length;
    if (reader.rest === 0) this.#reader = undefined;
    return piece;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#writing = bytes.length;
    if (bytes.length > leastCounted) this.#count();
    try {
      for (let rest = bytes; rest.length > 0;) {
        const size = await this.#socket.write(rest);
        this.written += size;
        if (this.written >= this.#backlogDue) this.#growBacklog();
        if (size === rest.length) break;
        rest = rest.subarray(size);
        this.#writing = rest.length;
        if (this.#countedSize > 0) this.#count();
      }
    } catch {
      this.#writing = 0;
      return this.#owner.writeFailed();
    }
    this.#writing = 0;
    if (this.#reader === undefined) this.#current = undefined;
    if (this.#countedSize > 0) this.#count();
    if (this.#waiting > 0 || this.#protocol.pendingPongs > 0) return this.schedule();
    this.#slowPeer = undefined;
    this.#protocol.takeOutput(); // nothing: the buffer of what was written is free again
    this.release();
    if (this.#overMark) {
      this.#overMark = false;
      this.#owner.drained();
    }
    this.#finish();
  }

  #growBacklog(): void {
    this.#backlog ??= new Backlog();
    this.#backlogDue = this.#backlog.wrote(this.written, this.#owner.now());
  }

  /** When a slow reader has read all that was written; see {@linkcode Backlog}. */
  get drainedBy(): number {
    return this.#backlog === undefined ? 0 : this.#backlog.drainedBy;
  }

  #finish(): void {
    if (this.#finished || !this.#protocol.closeExpected) return;
    this.#finished = true;
    this.#owner.finished();
  }

  // ----- A full queue -----

  /** `true` while more waits than `highWaterMark`. */
  get isOverMark(): boolean {
    // It is set by whoever adds to the queue, and stays until all is written.
    return this.#overMark && this.size > this.#limits.highWaterMark;
  }

  /** `true` while more waits than `maxQueuedBytes`. */
  get isFull(): boolean {
    return this.size > this.#limits.maxQueuedBytes;
  }

  /** Tells whether a full queue takes one more message, as its peer is given time. */
  admits(now: number): boolean {
    this.#slowPeer ??= new SlowPeerDetector(this.#limits, this.size, this.written, now);
    return this.#slowPeer.admits(this.size);
  }

  /** When {@linkcode SendQueue.findSlow} wants to be called. */
  get deadline(): number {
    return this.#slowPeer === undefined ? Infinity : this.#slowPeer.deadline;
  }

  /** Tells whether the peer had time to read, and has not. */
  findSlow(now: number): boolean {
    const slowPeer = this.#slowPeer;
    if (slowPeer === undefined || now < slowPeer.deadline) return false;
    if (this.isFull) return slowPeer.look(this.written, now);
    this.#slowPeer = undefined;
    return false;
  }

  /** Drops what waits behind the write under way: the peer reads too slowly. */
  discard(): void {
    if (this.written === 0 && this.#writing === 0) return; // the 101 is among it
    this.#reader = undefined;
    this.#batch = undefined;
    this.#waitingShared = 0;
    this.#ownFollows = false;
    this.#protocol.discardOutput();
    this.#backlog?.giveUp();
    if (this.#countedSize > 0) this.#count();
  }

  // ----- Memory -----

  /** Counts what waits, and each batch once for all queues that wait with it. */
  #count(): void {
    const { size } = this;
    const isMuch = size > leastCounted && !this.#abandoned;
    this.#countedSize = isMuch ? size : 0;
    this.#countBatches(isMuch ? this.#current : undefined, isMuch ? this.#batch : undefined);
    this.#owner.heldChanged();
  }

  #countBatches(current: Batch | undefined, batch: Batch | undefined): void {
    if (current === this.#countedCurrent && batch === this.#countedBatch) return;
    const held = (current?.retain() ?? 0) + (batch?.retain() ?? 0);
    const free = (this.#countedCurrent?.release() ?? 0) + (this.#countedBatch?.release() ?? 0);
    this.#countedCurrent = current;
    this.#countedBatch = batch;
    if (held !== free) this.#owner.sharedGrew(held - free);
  }

  /** The socket is closed: what waits is dropped, and not counted any more. */
  abandon(): void {
    this.#abandoned = true;
    if (this.#countedSize > 0) this.#count();
  }

  // ----- Waiting -----

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    this.#emptied ??= Promise.withResolvers();
    return this.#emptied.promise;
  }

  /** Resolves all promises of {@linkcode SendQueue.drained}. */
  release(): void {
    this.#emptied?.resolve();
    this.#emptied = undefined;
  }
}
