/** One WebSocket connection as a pure state machine: bytes in, handler calls and bytes out. */

import { asBytes } from "./bytes.ts";
import { type Close, CloseCode, encodeClosePayload, parseClosePayload } from "./close_code.ts";
import {
  type AgreedDeflate,
  makeDeflater,
  makeInflater,
  makeLending,
  type ProtocolHandler,
  type ProtocolOptions,
  type ProtocolState,
  resolveLimits,
} from "./connection_options.ts";
import type { DeflateStreams, MessageDeflater } from "./deflate_streams.ts";
import { ProtocolError } from "./errors.ts";
import { maxControlPayload, type Role } from "./frame.ts";
import { Opcode } from "./opcode.ts";
import { FrameOutput, RandomKeys } from "./output.ts";
import { PingFinder } from "./ping_finder.ts";
import type { Prepared } from "./prepared.ts";
import { FrameReader, type FrameSink } from "./reader.ts";

/**
 * Up to this many pings between two takes are each answered; of later ones only the newest.
 *
 * @limit pings: only the newest is answered
 */
const mostPongs = 16;

/** After so many units of work a handler that does not ask for it would be told. */
const unwatched = 2 ** 30;

const defaultKeys = new RandomKeys();
function drawKey(): number {
  return defaultKeys.next();
}
const none = new Uint8Array(0);

/**
 * One end of an open WebSocket connection. It holds no socket and starts no timer: give it what was
 * read, and write what {@linkcode Protocol.takeOutput} hands over. RFC 6455, RFC 7692.
 *
 * @example Two ends in one process
 * ```ts
 * import { Protocol } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const received: (string | Uint8Array)[] = [];
 * const handler = { message: (data: string | Uint8Array) => received.push(data), closed() {} };
 * const client = new Protocol("client", {}, handler);
 * const server = new Protocol("server", {}, {
 *   message: (data) => server.send(data),
 *   closed() {},
 * });
 *
 * client.send("hello");
 * server.receive(client.takeOutput());
 * client.receive(server.takeOutput());
 * assertEquals(received, ["hello"]);
 * ```
 */
export class Protocol {
  static readonly #sink: FrameSink<Protocol> = {
    message: (data, protocol) => protocol.#receiveMessage(data),
    control: (opcode, payload, protocol) => protocol.#receiveControl(opcode, payload),
    worked: (protocol) => protocol.#handler.worked?.() ?? unwatched,
  };

  readonly #role: Role;
  readonly #handler: ProtocolHandler;
  readonly #deflate: AgreedDeflate | undefined;
  readonly #deflateStreams: DeflateStreams | undefined;
  readonly #compressThreshold: number;
  readonly #closeReasons: boolean;

  // Read side.
  readonly #reader: FrameReader<Protocol>;

  // Write side.
  readonly #output: FrameOutput;
  #deflater: MessageDeflater | undefined;
  #pings = 0;
  #latestPing: Uint8Array | undefined;
  /** Looks for pings in what is not to be read yet. */
  #finder: PingFinder | undefined;
  /** Bytes that it has looked at and that were not received yet, without the present chunk. */
  #lookedAt = 0;
  /** Pings that were answered and not read yet. */
  #answered = 0;

  // Closing handshake. The two are set once each, never reset.
  #state: ProtocolState = "open";
  #closeSent = false;
  #closeReceived: Close | undefined;

  /**
   * Begins with a connection that is open: after the 101.
   *
   * @param role Which end this is.
   * @param options Limits and what the handshake agreed on.
   * @param handler Called while bytes are read.
   * @throws {TypeError} An option is not known, or of a wrong type.
   * @throws {RangeError} A limit is negative or not a number, or a mode is not known.
   */
  constructor(role: Role, options: ProtocolOptions, handler: ProtocolHandler) {
    this.#role = role;
    this.#handler = handler;
    this.#deflate = options.deflate;
    this.#deflateStreams = options.deflateStreams;
    this.#compressThreshold = options.compressThreshold ?? 256;
    this.#closeReasons = options.closeReasons ?? true;
    const sender = role === "server" ? "client" : "server";
    const limits = resolveLimits(options);
    const inflater = options.deflate &&
      makeInflater(sender, options.deflate, options.deflateStreams);
    const lending = makeLending(options.binary);
    this.#reader = new FrameReader(sender, limits, inflater, Protocol.#sink, this, lending);
    this.#output = new FrameOutput(role, options.randomKey ?? drawKey);
  }

  /** Where the connection stands. */
  get state(): ProtocolState {
    return this.#state;
  }

  /** `true` once the TCP connection should end: send what is left, then close it (§7.1.1). */
  get closeExpected(): boolean {
    return this.#state === "closed";
  }

  /** Bytes that wait to be taken. */
  get outputLength(): number {
    return this.#output.length;
  }

  /** Pings received since the output was last taken. */
  get pendingPongs(): number {
    return this.#pings;
  }

  /** Bytes that an unfinished message holds. */
  get heldBytes(): number {
    return this.#reader.heldBytes;
  }

  /** `true` while a message has begun and not ended, or a frame has. */
  get unfinished(): boolean {
    return this.#reader.unfinished;
  }

  // ----- Reading -----

  /**
   * Takes bytes that were read. The bytes may be changed by the call, and the handler is called
   * from within it. Nothing that a peer sends makes it throw; an error of the handler passes.
   *
   * @param chunk The bytes, in any portions. While the protocol is paused they must stay as they
   * are until {@linkcode Protocol.resume} returns unpaused, and no further chunk may be given.
   * @throws {TypeError} The chunk is not bytes; or bytes of the last chunk are left, or it is being
   * read: this is its handler.
   *
   * @example Bytes one by one
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const received: unknown[] = [];
   * const server = new Protocol("server", {}, { message: (m) => received.push(m), closed() {} });
   * const client = new Protocol("client", {}, { message() {}, closed() {} });
   * client.send("€");
   * client.send("$");
   * for (const byte of client.takeOutput()) server.receive(Uint8Array.of(byte));
   * assertEquals(received, ["€", "$"]);
   * ```
   */
  receive(chunk: Uint8Array): void {
    if (this.#finder !== undefined) this.#catchUp(chunk.length);
    try {
      this.#reader.receive(chunk);
    } catch (error) {
      this.#failBy(error);
    }
  }

  /**
   * Tells where the rest of a long message can be read to, instead of into a buffer of the caller:
   * given to {@linkcode Protocol.receive}, the bytes need not be copied. It is only an offer.
   *
   * @returns Room for the next bytes, or `undefined` where none is offered.
   *
   * @example Half of a message read into its place
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const sizes: number[] = [];
   * const server = new Protocol("server", {}, { message() {}, closed() {} });
   * const message = (data: string | Uint8Array) => sizes.push(data.length);
   * const client = new Protocol("client", {}, { message, closed() {} });
   * server.send(new Uint8Array(100_000));
   * const frame = server.takeOutput();
   * client.receive(frame.slice(0, 50_000));
   * const room = client.payloadRoom()!;
   * room.set(frame.subarray(50_000, 50_000 + room.length)); // what a socket would do
   * client.receive(room);
   * client.receive(frame.slice(50_000 + room.length));
   * assertEquals(sizes, [100_000]);
   * ```
   */
  payloadRoom(): Uint8Array<ArrayBuffer> | undefined {
    return this.#reader.payloadRoom();
  }

  /**
   * Ends the reading: TCP has ended, cleanly or not. An end without a Close frame is reported as
   * 1006 (RFC 6455 §7.1.5); after the closing handshake there is nothing to report.
   *
   * @example A peer that has disconnected
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const codes: number[] = [];
   * const closed = ({ code }: { code: number }) => codes.push(code);
   * const server = new Protocol("server", {}, { message() {}, closed });
   * server.receiveEnd();
   * server.receiveEnd();
   * assertEquals(codes, [1006]);
   * ```
   */
  receiveEnd(): void {
    if (this.#state !== "closed") this.#finish({ code: CloseCode.Abnormal, reason: "" });
  }

  /**
   * Stops reading before the next frame, or within a compressed one; call it from the handler. The
   * rest of the chunk waits.
   *
   * @example One message at a time
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const received: unknown[] = [];
   * const message = (data: unknown) => {
   *   received.push(data);
   *   server.pause();
   * };
   * const server = new Protocol("server", {}, { message, closed() {} });
   * const client = new Protocol("client", {}, { message() {}, closed() {} });
   * client.send("first");
   * client.send("second");
   * server.receive(client.takeOutput());
   * assertEquals(received, ["first"]);
   * ```
   */
  pause(): void {
    this.#reader.pause();
  }

  /** Whether reading is stopped. */
  get paused(): boolean {
    return this.#reader.paused;
  }

  /**
   * Goes on with what is left of the chunk. Its handlers may pause again, and look at
   * {@linkcode Protocol.paused} before the next {@linkcode Protocol.receive}.
   *
   * @example A handler that had to wait
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const done: unknown[] = [];
   * let job: unknown;
   * const message = (data: unknown) => {
   *   job = data;
   *   server.pause();
   * };
   * const server = new Protocol("server", {}, { message, closed() {} });
   * server.receive(Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x61, 0x81, 0x81, 0, 0, 0, 0, 0x62));
   * while (server.paused) {
   *   done.push(await job);
   *   server.resume();
   * }
   * assertEquals(done, ["a", "b"]);
   * ```
   */
  resume(): void {
    try {
      this.#reader.resume();
    } catch (error) {
      this.#failBy(error);
    }
  }

  /**
   * Answers the pings in bytes that were read while the protocol is paused, so that a peer does not
   * take a slow handler for a dead connection. Nothing else is done with them.
   *
   * @param chunk The next bytes of the stream. Keep them, and give each chunk that was looked at to
   * {@linkcode Protocol.receive} as a whole when reading goes on. With none, only what is left of
   * the present chunk is looked at.
   *
   * @example A ping behind a message that takes long
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const pongs: number[] = [];
   * const server = new Protocol("server", {}, { message: () => server.pause(), closed() {} });
   * const pong = (data: Uint8Array) => pongs.push(...data);
   * const client = new Protocol("client", {}, { message() {}, pong, closed() {} });
   * client.send("a long job");
   * server.receive(client.takeOutput().slice());
   * client.ping(Uint8Array.of(42));
   * const ahead = client.takeOutput().slice();
   * server.lookAhead(ahead);
   * client.receive(server.takeOutput());
   * assertEquals(pongs, [42]);
   * server.resume();
   * server.receive(ahead); // is not answered again
   * assertEquals(server.outputLength, 0);
   * ```
   */
  lookAhead(chunk: Uint8Array = none): void {
    if (this.#state !== "open") return;
    if (this.#finder === undefined) {
      const { rest } = this.#reader;
      if (rest === undefined) return;
      const sender = this.#role === "server" ? "client" : "server";
      this.#finder = new PingFinder(sender, (payload) => {
        this.#answered++;
        this.#answerPing(payload);
      });
      this.#finder.look(rest);
    }
    this.#finder.look(chunk);
    this.#lookedAt += chunk.length;
  }

  /** Bytes beyond those that were looked at are not known. */
  #catchUp(size: number): void {
    if (this.#lookedAt === 0) this.#finder = undefined;
    else this.#lookedAt -= size;
  }

  /** The one place where a broken rule becomes a Close frame. RFC 6455 §7.1.7. */
  #failBy(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.fail(error.closeCode, error.message);
  }

  #receiveMessage(message: string | Uint8Array): void {
    // After our own Close the application has said that it wants no more (as in browsers).
    if (this.#state === "open") this.#handler.message(message);
  }

  #receiveControl(opcode: number, payload: Uint8Array): void {
    if (opcode === Opcode.Close) return this.#receiveClose(parseClosePayload(payload));
    if (opcode === Opcode.Pong) return this.#handler.pong?.(payload);
    if (this.#answered > 0) this.#answered--;
    else if (this.#state === "open") this.#answerPing(payload);
    this.#handler.ping?.(payload);
  }

  /** RFC 6455 §5.5.3: where several pings wait, answering the newest is enough. */
  #answerPing(payload: Uint8Array): void {
    if (++this.#pings <= mostPongs) this.#output.append(Opcode.Pong, payload);
    else this.#latestPing = payload.slice();
  }

  /** RFC 6455 §5.5.1: a Close is answered with a Close, by the same code. */
  #receiveClose(close: Close): void {
    this.#closeReceived = close;
    const code = close.code === CloseCode.NoStatus ? undefined : close.code;
    if (!this.#closeSent) this.#sendClose(encodeClosePayload(code));
    this.#finish(close);
  }

  // ----- Sending -----

  /**
   * Sends one message.
   *
   * @param data Text (lone surrogates become U+FFFD) or bytes, which are copied.
   * @param compress `false` sends it uncompressed even where compression was agreed on.
   * @returns `false` when the connection is not open; nothing is sent then.
   * @throws {TypeError} The data is neither text nor bytes.
   *
   * @example A message that came too late
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assert } from "@std/assert";
   *
   * const server = new Protocol("server", {}, { message() {}, closed() {} });
   * assert(server.send("almost done"));
   * server.close(1000);
   * assert(!server.send("one more thing"));
   * ```
   */
  send(data: string | Uint8Array, compress = true): boolean {
    if (this.#state !== "open") return false;
    const message = typeof data === "string" ? data : asBytes(data);
    if (compress && this.#deflate !== undefined && message.length >= this.#compressThreshold) {
      this.#sendCompressed(message, this.#deflate);
    } else if (typeof message === "string") {
      this.#output.appendText(message);
    } else {
      this.#output.append(Opcode.Binary, message);
    }
    return true;
  }

  #sendCompressed(data: string | Uint8Array, deflate: AgreedDeflate): void {
    const deflater = this.#deflater ??= makeDeflater(this.#role, deflate, this.#deflateStreams);
    if (typeof data !== "string") this.#output.appendCompressed(Opcode.Binary, data, deflater);
    else this.#output.appendCompressedText(data, deflater);
  }

  /**
   * Finds the bytes of a prepared message that this connection shares with others.
   *
   * @param message The message.
   * @returns Frames for {@linkcode Protocol.sendEncoded} or for the socket itself, or `undefined`
   * when this connection needs an encoding of its own: send `message.data` then.
   *
   * @example A broadcast
   * ```ts
   * import { Prepared, Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const handler = { message() {}, closed() {} };
   * const members = [new Protocol("server", {}, handler), new Protocol("server", {}, handler)];
   * const message = new Prepared("news");
   * for (const member of members) {
   *   const frame = member.sharedFrame(message);
   *   if (frame === undefined) member.send(message.data);
   *   else member.sendEncoded(frame);
   * }
   * assertEquals(members[0]!.takeOutput(), members[1]!.takeOutput());
   * ```
   */
  sharedFrame(message: Prepared): Uint8Array | undefined {
    if (this.#role === "client") return undefined; // its frames are masked
    const deflate = this.#deflate;
    if (deflate === undefined || message.data.length < this.#compressThreshold) {
      return message.frame();
    }
    if (!deflate.serverNoContextTakeover) return undefined;
    this.#deflater ??= makeDeflater(this.#role, deflate, this.#deflateStreams);
    return message.compressedFrame(this.#deflater, deflate.serverMaxWindowBits);
  }

  /**
   * Appends whole frames made by {@linkcode Prepared}.
   *
   * @param frames Bytes from {@linkcode Protocol.sharedFrame}.
   * @returns `false` when the connection is not open; nothing is sent then.
   *
   * @example Two messages joined once, for many members
   * ```ts
   * import { Prepared, Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const received: unknown[] = [];
   * const server = new Protocol("server", {}, { message() {}, closed() {} });
   * const client = new Protocol("client", {}, { message: (m) => received.push(m), closed() {} });
   * const frames = [new Prepared("one"), new Prepared("two")].map((message) => message.frame());
   * server.sendEncoded(Uint8Array.from(frames.flatMap((frame) => [...frame])));
   * client.receive(server.takeOutput());
   * assertEquals(received, ["one", "two"]);
   * ```
   */
  sendEncoded(frames: Uint8Array): boolean {
    if (this.#state !== "open") return false;
    this.#output.appendEncoded(asBytes(frames));
    return true;
  }

  /**
   * Sends a ping. RFC 6455 §5.5.2. Does nothing once the connection is closing.
   *
   * @param payload At most 125 bytes, to come back in the pong.
   * @throws {RangeError} The payload is longer.
   * @throws {TypeError} The payload is not bytes.
   *
   * @example The answer brings the payload back
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const pongs: number[] = [];
   * const pong = (data: Uint8Array) => pongs.push(...data);
   * const server = new Protocol("server", {}, { message() {}, pong, closed() {} });
   * const client = new Protocol("client", {}, { message() {}, closed() {} });
   * server.ping(Uint8Array.of(42));
   * client.receive(server.takeOutput());
   * server.receive(client.takeOutput());
   * assertEquals(pongs, [42]);
   * ```
   */
  ping(payload: Uint8Array = none): void {
    this.#sendControl(Opcode.Ping, payload);
  }

  /**
   * Sends an unsolicited pong: pings are answered without it. RFC 6455 §5.5.3. Does
   * nothing once the connection is closing.
   *
   * @param payload At most 125 bytes.
   * @throws {RangeError} The payload is longer.
   * @throws {TypeError} The payload is not bytes.
   *
   * @example A sign of life that wants no answer
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * let alive = 0;
   * const server = new Protocol("server", {}, { message() {}, pong: () => alive++, closed() {} });
   * const client = new Protocol("client", {}, { message() {}, closed() {} });
   * client.pong();
   * server.receive(client.takeOutput());
   * assertEquals(alive, 1);
   * assertEquals(server.outputLength, 0);
   * ```
   */
  pong(payload: Uint8Array = none): void {
    this.#sendControl(Opcode.Pong, payload);
  }

  #sendControl(opcode: Opcode, payload: Uint8Array): void {
    const bytes = asBytes(payload);
    if (bytes.length > maxControlPayload) {
      throw new RangeError(
        `Cannot send a control frame over ${maxControlPayload} bytes: current size is ${bytes.length}`,
      );
    }
    if (this.#state === "open") this.#output.append(opcode, bytes);
  }

  /**
   * Takes what must be written next.
   *
   * @returns The bytes, possibly none; valid until the next take.
   *
   * @example One write for all of it
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const server = new Protocol("server", {}, { message() {}, closed() {} });
   * server.send("a");
   * server.send("b");
   * assertEquals([...server.takeOutput()], [0x81, 1, 0x61, 0x81, 1, 0x62]);
   * assertEquals(server.takeOutput().length, 0);
   * ```
   */
  takeOutput(): Uint8Array<ArrayBuffer> {
    this.#flushPong();
    this.#pings = 0;
    return this.#output.take();
  }

  /**
   * Drops the frames that were not taken yet, for a peer that is too slow to take them: send a
   * Close afterwards, as the peer has missed something, and with context takeover could inflate
   * nothing that follows. Does nothing once the connection is closing, so that the Close stays.
   *
   * @example A Close for a slow peer
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const server = new Protocol("server", {}, { message() {}, closed() {} });
   * server.send("news ".repeat(100_000));
   * server.discardOutput();
   * server.fail(1013, "slow consumer");
   * assertEquals(server.outputLength, 2 + 2 + "slow consumer".length);
   * ```
   */
  discardOutput(): void {
    if (this.#state === "open") this.#output.discard();
  }

  #flushPong(): void {
    if (this.#latestPing === undefined) return;
    this.#output.append(Opcode.Pong, this.#latestPing);
    this.#latestPing = undefined;
  }

  // ----- Closing -----

  /**
   * Starts the closing handshake. RFC 6455 §7.1.2. Does nothing once the connection is closing.
   *
   * @param code Close code; without one the Close frame is empty.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @throws {RangeError} The code may not be sent, or the reason is too long.
   * @throws {TypeError} The reason is not a well-formed string, or stands without a code.
   *
   * @example A closing handshake
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assert } from "@std/assert";
   *
   * const server = new Protocol("server", {}, { message() {}, closed() {} });
   * const client = new Protocol("client", {}, { message() {}, closed() {} });
   * server.close(1012, "Restart");
   * client.receive(server.takeOutput());
   * assert(!server.closeExpected);
   * server.receive(client.takeOutput()); // the client has answered by itself
   * assert(server.closeExpected);
   * ```
   */
  close(code?: number, reason?: string): void {
    const payload = encodeClosePayload(code, reason);
    if (this.#state === "open") this.#sendClose(payload);
  }

  /**
   * Fails the connection: sends a Close if none was sent yet, and ignores all that arrives.
   * RFC 6455 §7.1.7.
   *
   * @param code Close code.
   * @param reason Close reason, at most 123 bytes of UTF-8; the handler is told the same.
   * @throws {RangeError} The code may not be sent, or the reason is too long; nothing has changed.
   * @throws {TypeError} The reason is not a well-formed string; nothing has changed.
   *
   * @example A rule of the application's own
   * ```ts
   * import { Protocol } from "@hawser/ws/protocol";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const ends: unknown[] = [];
   * const message = (data: string | Uint8Array) => {
   *   if (typeof data !== "string") server.fail(1003, "Text only");
   * };
   * const server = new Protocol("server", {}, { message, closed: (end) => ends.push(end) });
   * server.receive(Uint8Array.of(0x82, 0x80, 0, 0, 0, 0));
   * assertEquals(ends, [{ code: 1003, reason: "Text only", wasClean: false }]);
   * assert(server.closeExpected);
   * ```
   */
  fail(code: number, reason: string): void {
    if (this.#state === "closed") return;
    if (!this.#closeSent) this.#sendClose(encodeClosePayload(code, reason));
    this.#finish({ code, reason });
  }

  #sendClose(payload: Uint8Array): void {
    this.#flushPong();
    // The code is the first two bytes. RFC 6455 §5.5.1.
    this.#output.append(Opcode.Close, this.#closeReasons ? payload : payload.subarray(0, 2));
    this.#closeSent = true;
    this.#state = "closing";
    this.#releaseDeflater();
  }

  /** No message follows: what compressed them need not wait for the peer, nor for the collector. */
  #releaseDeflater(): void {
    this.#deflater?.close();
    this.#deflater = undefined;
  }

  #finish(close: Close): void {
    this.#state = "closed";
    this.#releaseDeflater();
    this.#reader.stop();
    const wasClean = this.#closeSent && this.#closeReceived !== undefined;
    this.#handler.closed({ code: close.code, reason: close.reason, wasClean });
  }
}
