/** The namespaces of one session: who connects to them, and what is sent in each. */

import type { Deadlines } from "../deadlines.ts";
import { EventError } from "../app/events/errors.ts";
import type { Report } from "../contain.ts";
import type { CloseInfo, Memory, MemoryAccount } from "../types.ts";
import type { WireApp } from "../wires/wire.ts";
import { EngineMessage } from "./engine_packet.ts";
import {
  closeOf,
  type EngineEnd,
  type EngineHandlers,
  type EngineSession,
} from "./engine_session.ts";
import { decodePacketStart, type Packet, PacketError } from "./packet.ts";
import type { PacketReader } from "./parser.ts";
import { describeError, type PeerContext, type PeerOwner, SocketIoPeer } from "./peer.ts";

/** The parts that the sessions of one server share. */
export interface NamespaceContext extends PeerContext {
  readonly app: WireApp;
  readonly deadlines: Deadlines;
  /** Milliseconds in which a session must be in a namespace. */
  readonly connectTimeout: number;
  /** Takes an error of the application where nobody waits for it. */
  readonly failed: Report;
  /** Counts the attachments of packets that are not complete. */
  readonly memory: Memory;
}

/**
 * Namespaces that one session may be in.
 *
 * @limit namespaces: CONNECT_ERROR
 */
const maxNamespaces = 100;

/**
 * Events of one namespace that may wait while those of others go on.
 *
 * @limit events: reading pauses
 */
const maxWaiting = 64;

/**
 * Characters of a packet that is counted when it was read, so that its event can be named. Longer
 * ones are counted before, and not parsed where they come too fast. Credentials are not longer.
 *
 * @limit characters: CONNECT ends the session, other packets are counted before they are read
 */
const maxUncounted = 16_384;

/** Of most sessions for most of the time: a Map or a Set of each would cost more than they do. */
const none: readonly never[] = [];

const shortOfMemory = { code: 1013, reason: "Server is short of memory", wasClean: true };

/** Gives the packets of a session to its peers. */
export class SessionNamespaces implements EngineHandlers, PeerOwner {
  readonly session: EngineSession;
  readonly #context: NamespaceContext;
  #reader: PacketReader;
  /** In most sessions one. */
  #peers: readonly SocketIoPeer[] = none;
  /** The CONNECTs that wait for their answer: of few sessions more than one at a time. */
  #connecting: readonly Packet[] = none;
  /** Namespaces that were left: what the client has sent before it knew is for nobody. */
  #left: readonly string[] = none;
  /** Ends the wait for the first namespace. */
  #stopTimer: (() => void) | undefined;
  /** Characters and bytes of the packet that is being read. */
  #size = 0;
  /** How many of them were counted before it was read. */
  #counted = 0;
  /** Attachments to come of a packet that is not read. */
  #unread = 0;
  #account: MemoryAccount | undefined;
  /** How the session is ended by us. */
  #close: CloseInfo | undefined;

  constructor(session: EngineSession, context: NamespaceContext) {
    this.session = session;
    this.#context = context;
    this.#reader = context.codec.makeReader();
    const { deadlines, connectTimeout } = context;
    this.#stopTimer = deadlines.after(connectTimeout, () => session.close());
  }

  #stopWaiting(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  message(data: string | Uint8Array): Promise<void> | undefined {
    let packet: Packet | undefined;
    try {
      if (!this.#mayRead(data)) return undefined;
      this.#size += data.length;
      packet = this.#reader.push(data);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      this.session.end("parse error");
    }
    this.#countMemory();
    return packet && this.#receive(packet);
  }

  /** Asks the rate of a client before its long packets are parsed. */
  #mayRead(data: string | Uint8Array): boolean {
    if (typeof data !== "string") {
      if (this.#unread === 0) return true;
      this.#unread--;
      return false;
    }
    if (this.#unread > 0) throw new PacketError("Packet lacks attachments");
    if (data.length <= maxUncounted || !this.#context.codec.isJson) return true;
    const { type, namespace, attachments } = decodePacketStart(data, Infinity);
    const peer = this.#find(namespace);
    if (peer === undefined && (type === "connect" || !this.#left.includes(namespace))) {
      throw new PacketError("Packet is too long for a client that is not in its namespace");
    }
    if (peer?.mayRead(data.length)) {
      this.#counted = data.length;
      return true;
    }
    this.#unread = attachments;
    return false;
  }

  #countMemory(): void {
    const { heldBytes } = this.#reader;
    if (this.#account === undefined && heldBytes === 0) return;
    this.#account ??= this.#context.memory.open({ evict: () => this.end(shortOfMemory) });
    this.#account.bytes = this.session.isOpen ? heldBytes : 0;
  }

  #receive(packet: Packet): Promise<void> | undefined {
    const size = this.#size - this.#counted;
    this.#size = this.#counted = 0;
    const { type, namespace } = packet;
    const peer = this.#find(namespace);
    if (type === "connect") this.#startConnecting(packet, peer, size);
    else if (type === "disconnect") this.#disconnect(namespace, peer);
    else if (type === "connect_error" || peer === undefined && !this.#left.includes(namespace)) {
      this.session.end("parse error");
    } else return peer && this.#hold(peer, peer.receive(packet, size));
    return undefined;
  }

  /** Where there are others, one namespace holds them back only when much of its own waits. */
  #hold(peer: SocketIoPeer, held: Promise<void> | undefined): Promise<void> | undefined {
    const isAlone = this.#peers.length === 1 && this.#connecting.length === 0;
    return isAlone || peer.waiting >= maxWaiting ? held : undefined;
  }

  // ----- CONNECT -----

  #startConnecting(packet: Packet, peer: SocketIoPeer | undefined, size: number): void {
    const { namespace } = packet;
    // npm's client asks again when `connect()` is called before the answer is there: one serves both.
    if (peer !== undefined) return void peer.mayRead(size);
    if (this.#isConnecting(namespace)) return;
    if (!this.#context.app.hasNamespace(namespace)) {
      return this.#refuse(namespace, { message: "Invalid namespace" });
    }
    if (this.#peers.length + this.#connecting.length + this.#left.length >= maxNamespaces) {
      return this.#refuse(namespace, { message: "Too many namespaces" });
    }
    this.#connecting = [...this.#connecting, packet];
    void this.#connect(packet);
  }

  async #connect(packet: Packet): Promise<void> {
    const { namespace, data = {} } = packet;
    // The cast: a payload of CONNECT is an object.
    const { pid, offset, ...auth } = data as Record<string, unknown>;
    const { recovery } = this.#context;
    const { entry } = this.session;
    const shown = recovery === undefined ? data : auth;
    const credentials = recovery === undefined ? "" : credentialsOf(entry.request, auth);
    const request = { namespace, auth: shown, credentials };
    try {
      const admitted = await entry.admit(namespace, shown);
      if (!this.#connecting.includes(packet) || !this.session.isOpen) return;
      this.#stopConnecting(namespace);
      if (admitted instanceof EventError) return this.#refuseBy(namespace, admitted);
      const claimed = recovery?.claim({ pid, offset }, request);
      const peer = claimed?.peer ?? new SocketIoPeer(this, request, this.#context);
      this.#enter(peer);
      if (claimed === undefined) peer.open(admitted.accept(peer));
      else peer.resume(this, claimed.missed);
    } catch (error) {
      this.#stopConnecting(namespace);
      this.#remove(namespace);
      this.#context.failed(error);
      this.#refuseBy(namespace, new EventError("INTERNAL", "Internal error"));
    }
  }

  #isConnecting(namespace: string): boolean {
    return this.#connecting.some((packet) => packet.namespace === namespace);
  }

  #stopConnecting(namespace: string): void {
    this.#connecting = without(this.#connecting, (packet) => packet.namespace === namespace);
  }

  #enter(peer: SocketIoPeer): void {
    this.#stopWaiting();
    this.#left = without(this.#left, (left) => left === peer.namespace);
    // A list that is spread has room for sixteen more.
    this.#peers = this.#peers.concat(peer);
  }

  #find(namespace: string): SocketIoPeer | undefined {
    for (const peer of this.#peers) if (peer.namespace === namespace) return peer;
    return undefined;
  }

  #remove(namespace: string): void {
    this.#peers = without(this.#peers, (peer) => peer.namespace === namespace);
  }

  /** A client whose sign-in has failed reads that as the message, and the reason in the data. */
  #refuseBy(namespace: string, error: EventError): void {
    const { message, ...data } = describeError(error);
    if (error.code !== "UNAUTHORIZED") return this.#refuse(namespace, { message, data });
    this.#refuse(namespace, { message: "Authentication failed", data: { ...data, message } });
  }

  #refuse(namespace: string, data: Record<string, unknown>): void {
    this.#send({ type: "connect_error", namespace, data });
  }

  #send(packet: Packet): void {
    for (const message of this.#context.codec.encode(packet)) {
      this.session.send(new EngineMessage(message));
    }
  }

  // ----- The end -----

  #disconnect(namespace: string, peer: SocketIoPeer | undefined): void {
    this.#stopConnecting(namespace);
    if (peer === undefined) return;
    peer.end({ code: 1000, reason: "client namespace disconnect", wasClean: true });
    this.left(peer);
  }

  left({ namespace }: SocketIoPeer): void {
    this.#remove(namespace);
    this.#left = [...this.#left, namespace];
  }

  end(close: CloseInfo): void {
    this.#close = close;
    this.session.close();
  }

  closed(reason: EngineEnd): void {
    this.#stopWaiting();
    this.#reader = this.#context.codec.makeReader(); // which holds nothing
    if (this.#account !== undefined) this.#account.bytes = 0;
    this.#connecting = none;
    const close = this.#close ?? closeOf(reason);
    const mayReturn = this.#close === undefined && reason !== "forced close";
    const peers = this.#peers;
    this.#peers = none;
    for (const peer of peers) {
      if (mayReturn) peer.suspend(close);
      else peer.end(close);
    }
  }
}

/** Leaves some out; an empty list is one for all. */
function without<T>(list: readonly T[], isOut: (item: T) => boolean): readonly T[] {
  const rest = list.filter((item) => !isOut(item));
  return rest.length === 0 ? none : rest;
}

/** The credentials of a client: where they are the same, it is taken for the same user. */
function credentialsOf({ url, headers }: Request, auth: unknown): string {
  const token = new URL(url).searchParams.get("token");
  return JSON.stringify([auth, token, headers.get("authorization"), headers.get("cookie")]);
}
