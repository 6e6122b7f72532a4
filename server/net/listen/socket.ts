/** The byte stream of one peer: what the server needs of a TCP or TLS connection. */

/** A stream of bytes in each direction. Only one read and one write may be pending at a time. */
export interface Socket {
  /** Address of the peer without its port; IPv4 also where it came in over an IPv6 listener. */
  readonly remoteAddress: string;
  /** Port of the peer; 0 where it is not known. */
  readonly remotePort: number;
  /** How many trusted proxies the address has been reported by; absent where it is TCP's own. */
  readonly hops?: number;
  /** Finishes what comes before HTTP, TLS for instance; absent where there is nothing. */
  handshake?(): Promise<void>;
  /** Reads what is there into a buffer; `null` at the end of the stream. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes at least one byte and tells how many the kernel has taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Half-close: the peer sees the end of the stream after all that was written. */
  closeWrite(): Promise<void>;
  /** Ends both directions; pending calls reject. May be called more than once. */
  close(): void;
}

/** A connection that Deno has accepted. */
class AcceptedSocket implements Socket {
  readonly remoteAddress: string;
  readonly #conn: Deno.Conn;
  readonly #onClose: (socket: Socket) => void;
  #closed = false;

  /** `onClose` is called once, by the first `close`. */
  constructor(conn: Deno.Conn, remoteAddress: string, onClose: (socket: Socket) => void) {
    this.#conn = conn;
    this.remoteAddress = remoteAddress;
    this.#onClose = onClose;
  }

  get remotePort(): number {
    const { remoteAddr } = this.#conn;
    return "port" in remoteAddr ? remoteAddr.port : 0;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#conn.read(buffer);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
    this.#onClose(this);
  }
}

/** Address of every peer that comes by a Unix socket. */
export const unixAddress = "unix:";

/** A connection by a Unix socket: of a proxy, or of another program of this machine. */
export class UnixSocket extends AcceptedSocket {
  constructor(conn: Deno.UnixConn, onClose: (socket: Socket) => void) {
    super(conn, unixAddress, onClose);
  }
}

/** A TCP connection. */
export class TcpSocket extends AcceptedSocket {
  constructor(conn: Deno.TcpConn, remoteAddress: string, onClose: (socket: Socket) => void) {
    super(conn, remoteAddress, onClose);
    try {
      // Deno leaves Nagle's algorithm on: the second of two small writes would wait up to 40 ms
      // for the peer's acknowledgement of the first. It offers no such switch for TLS.
      conn.setNoDelay(true);
    } catch {
      // Some systems refuse it for a connection that has been reset; its read will tell.
    }
  }
}

/**
 * A TLS connection whose handshake is still to come. If it is closed before the handshake is done,
 * or while the peer does not read, Deno goes on in the background and frees the descriptor only
 * when the peer ends the connection: it has no call that breaks one off.
 */
export class TlsSocket extends AcceptedSocket {
  readonly #tls: Deno.TlsConn;

  constructor(conn: Deno.TlsConn, remoteAddress: string, onClose: (socket: Socket) => void) {
    super(conn, remoteAddress, onClose);
    this.#tls = conn;
  }

  async handshake(): Promise<void> {
    await this.#tls.handshake();
  }
}
