/**
 * The header by which a proxy says whose connection it passes on: PROXY protocol, versions 1 and 2.
 */

import { parseAddress } from "../../address.ts";
import type { Socket } from "./socket.ts";

/** A connection of a trusted proxy does not begin as the PROXY protocol demands. */
export class ProxyHeaderError extends Error {
  override readonly name = "ProxyHeaderError";
}

/** The content of a header. */
export interface ProxyHeader {
  /** The client's address; `undefined` where the proxy speaks for itself or does not know. */
  readonly address: string | undefined;
  /** The client's port; 0 where its address is not known. */
  readonly port: number;
  /** How many bytes the header has. */
  readonly size: number;
}

/** The longest header of version 1, CRLF included. */
const longestText = 107;

/** Bytes of the addresses and further fields of version 2; certificates' names are the rest. */
const longestBody = 2_048;

/** CRLF CRLF NUL CRLF "QUIT" LF: no request begins like this. */
const signature = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
const word = new TextEncoder().encode("PROXY ");

/** Most bytes that belong to a header. */
const longestHeader = signature.length + 4 + longestBody;

/**
 * Reads a header.
 *
 * @param bytes The bytes of the connection so far.
 * @returns The header, or `undefined` where more bytes are needed.
 * @throws {ProxyHeaderError} This is no header.
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  if (beginsLike(bytes, word)) return parseText(bytes);
  if (beginsLike(bytes, signature)) return parseBinary(bytes);
  throw new ProxyHeaderError("Connection does not begin with a PROXY header");
}

function beginsLike(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.subarray(0, start.length).every((byte, i) => byte === start[i]);
}

/** Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 4711 443` and CRLF. */
function parseText(bytes: Uint8Array): ProxyHeader | undefined {
  const end = bytes.subarray(0, longestText).indexOf(10);
  if (end < 0) {
    if (bytes.length >= longestText) throw new ProxyHeaderError("PROXY header has no end");
    return undefined;
  }
  const line = String.fromCharCode(...bytes.subarray(0, end + 1));
  const size = end + 1;
  if (/^PROXY UNKNOWN(?: [\x21-\x7e ]*)?\r\n$/.test(line)) {
    return { address: undefined, port: 0, size };
  }
  const [, version, source, target, ...texts] =
    /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line) ?? [];
  const ports = texts.map(Number);
  const isOfFamily = (text = "") => text.includes(":") === (version === "6");
  const address = source !== undefined && [source, target].every(isOfFamily)
    ? normalForm(source)
    : undefined;
  if (address === undefined || ports.some((port) => port > 65_535)) {
    throw new ProxyHeaderError("PROXY header names no addresses");
  }
  return { address, port: ports[0] ?? 0, size };
}

/** Writes an address as the system does: IPv6 with its zeros left out, and IPv4 as itself. */
function normalForm(text: string): string | undefined {
  const address = parseAddress(text);
  if (address === undefined || text.includes("%")) return undefined;
  if (address.bits === 128) return new URL(`http://[${text}]`).hostname.slice(1, -1);
  const value = Number(address.value);
  return [24, 16, 8, 0].map((shift) => value >>> shift & 0xff).join(".");
}

/**
 * Version 2: signature, version and command, family, length, addresses, fields that are skipped.
 */
function parseBinary(bytes: Uint8Array): ProxyHeader | undefined {
  const start = signature.length + 4;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command = view.getUint8(12);
  const family = view.getUint8(13);
  const length = view.getUint16(14);
  if (command !== 0x20 && command !== 0x21) {
    throw new ProxyHeaderError("PROXY header has another version or command");
  }
  if (length > longestBody) throw new ProxyHeaderError("PROXY header is too long");
  if (bytes.length < start + length) return undefined;
  const size = start + length;
  // LOCAL: the proxy's own connection, such as a health check.
  if (command === 0x20) return { address: undefined, port: 0, size };
  return { ...readAddress(family, bytes.subarray(start, size)), size };
}

/** Families: 0 unknown, 1 IPv4, 2 IPv6, 3 Unix; transports: 0 unknown, 1 stream, 2 datagram. */
function readAddress(family: number, body: Uint8Array): Pick<ProxyHeader, "address" | "port"> {
  if (family === 0x00 || family === 0x31) return { address: undefined, port: 0 };
  const portAt = (at: number) => body[at]! << 8 | body[at + 1]!;
  if (family === 0x11 && body.length >= 12) {
    return { address: body.subarray(0, 4).join("."), port: portAt(8) };
  }
  if (family !== 0x21 || body.length < 36) {
    throw new ProxyHeaderError("PROXY header is of another family, or too short for it");
  }
  const groups = Array.from({ length: 8 }, (_, i) => (body[2 * i]! << 8 | body[2 * i + 1]!));
  const address = normalForm(groups.map((group) => group.toString(16)).join(":"));
  return { address, port: portAt(32) };
}

/** The connection of a trusted proxy: its header comes off before anything else is read. */
export class ProxiedSocket implements Socket {
  readonly #socket: Socket;
  #remoteAddress: string;
  #remotePort: number;
  #hops = 0;
  /** The bytes behind the header. */
  #rest: Uint8Array | undefined;

  /** @param socket The proxy's. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#remoteAddress = socket.remoteAddress;
    this.#remotePort = socket.remotePort;
  }

  /** Address of the client, as soon as the header has come. */
  get remoteAddress(): string {
    return this.#remoteAddress;
  }

  /** Port of the client. */
  get remotePort(): number {
    return this.#remotePort;
  }

  get hops(): number {
    return this.#hops;
  }

  /**
   * Reads the header.
   *
   * @throws {ProxyHeaderError} There is none.
   */
  async handshake(): Promise<void> {
    const buffer = new Uint8Array(longestHeader);
    for (let length = 0; length < buffer.length;) {
      const size = await this.#socket.read(buffer.subarray(length));
      if (size === null) {
        if (length === 0) return; // no more than a look whether somebody listens
        break;
      }
      length += size;
      const header = parseProxyHeader(buffer.subarray(0, length));
      if (header === undefined) continue;
      if (header.address !== undefined) {
        this.#remoteAddress = header.address;
        this.#remotePort = header.port;
        this.#hops = 1;
      }
      if (header.size < length) this.#rest = buffer.slice(header.size, length);
      return;
    }
    throw new ProxyHeaderError("Connection ends within its PROXY header");
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const rest = this.#rest;
    if (rest === undefined) return this.#socket.read(buffer);
    const taken = rest.subarray(0, buffer.length);
    buffer.set(taken);
    this.#rest = taken.length < rest.length ? rest.subarray(taken.length) : undefined;
    return Promise.resolve(taken.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#socket.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  close(): void {
    this.#socket.close();
  }
}
