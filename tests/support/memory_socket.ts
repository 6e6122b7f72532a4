/** Two sockets in memory that are connected to each other, and ways to disturb them. */

import type { Socket } from "../../server/net/listen/socket.ts";

/** Bytes that a peer leaves unread before a write waits, as a kernel's buffers do. */
const defaultCapacity = 64 * 1024;

/** One direction of bytes. */
class Pipe {
  readonly #capacity: number;
  #bytes = new Uint8Array(0);
  #ended = false;
  #error: Error | undefined;
  #changed = Promise.withResolvers<void>();
  /** Bytes arrive only while this is false. */
  held = false;
  /** While this is `true`, written bytes are lost. */
  lossy = false;
  written = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#error === undefined && (this.held || (this.#bytes.length === 0 && !this.#ended))) {
      await this.#changed.promise;
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#bytes.length === 0) return null;
    const size = Math.min(buffer.length, this.#bytes.length);
    buffer.set(this.#bytes.subarray(0, size));
    this.#bytes = this.#bytes.slice(size);
    this.change();
    return size;
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (this.#error === undefined && !this.#ended && this.#bytes.length >= this.#capacity) {
      await this.#changed.promise;
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended) throw new Deno.errors.BrokenPipe("Broken pipe");
    const size = Math.min(bytes.length, this.#capacity - this.#bytes.length);
    this.written += size;
    if (this.lossy) return size;
    const joined = new Uint8Array(this.#bytes.length + size);
    joined.set(this.#bytes);
    joined.set(bytes.subarray(0, size), this.#bytes.length);
    this.#bytes = joined;
    this.change();
    return size;
  }

  /** The end of the stream, behind all that was written. */
  end(): void {
    this.#ended = true;
    this.change();
  }

  /** Pending and later calls reject. */
  fail(error: Error): void {
    this.#error ??= error;
    this.change();
  }

  /** Wakes those who wait. */
  change(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

/** One end of a connection in memory; behaves as Deno's connections do. */
export class MemorySocket implements Socket {
  readonly remoteAddress: string;
  readonly remotePort = 4711;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  readonly #whenClosed = Promise.withResolvers<void>();
  /** See {@linkcode Socket.handshake}; a test may set it. */
  handshake?: () => Promise<void>;
  /** Called at the start of each write with a copy of its bytes. */
  onWrite: (bytes: Uint8Array) => void = () => {};
  /** How many writes there were. */
  writes = 0;
  isClosed = false;

  constructor(remoteAddress: string, incoming: Pipe, outgoing: Pipe) {
    this.remoteAddress = remoteAddress;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#incoming.read(buffer);
  }

  write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    this.onWrite(bytes.slice());
    return this.#outgoing.write(bytes);
  }

  closeWrite(): Promise<void> {
    this.#outgoing.end();
    return Promise.resolve();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#outgoing.end();
    // The peer still reads what was written; here, everything rejects.
    this.#incoming.fail(new Deno.errors.Interrupted("operation canceled"));
    this.#whenClosed.resolve();
  }

  /** Resolves when this end is closed. */
  get closed(): Promise<void> {
    return this.#whenClosed.promise;
  }

  // ----- Disturbances -----

  /** Holds back what this end has written and writes, until the returned function is called. */
  delay(): () => void {
    this.#outgoing.held = true;
    return () => {
      this.#outgoing.held = false;
      this.#outgoing.change();
    };
  }

  /** Loses what this end writes from now on. */
  drop(): void {
    this.#outgoing.lossy = true;
  }

  /** Breaks the connection: both ends get a reset. */
  cut(): void {
    const error = new Deno.errors.ConnectionReset("Connection reset by peer");
    this.#incoming.fail(error);
    this.#outgoing.fail(error);
  }
}

/** Options of {@linkcode memoryPair}. */
export interface MemoryPairOptions {
  /** Address that the server sees. */
  remoteAddress?: string;
  /** Unread bytes in each direction at which a write waits. */
  capacity?: number;
}

/** Two connected ends. */
export function memoryPair(
  options: MemoryPairOptions = {},
): { server: MemorySocket; client: MemorySocket } {
  const { remoteAddress = "192.0.2.1", capacity = defaultCapacity } = options;
  const up = new Pipe(capacity);
  const down = new Pipe(capacity);
  return {
    server: new MemorySocket(remoteAddress, up, down),
    client: new MemorySocket("198.51.100.1", down, up),
  };
}
