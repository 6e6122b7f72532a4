/** A WebSocket connection as the transport of a session. */

import type { Connection, SendResult } from "../types.ts";
import { decodeEnginePacket, type EngineMessage, type EnginePacket } from "./engine_packet.ts";
import type { EngineTransport } from "./engine_session.ts";

/** Takes what a connection brings. */
export interface PacketReceiver {
  /** A packet has come. A promise that is returned stops the reading. */
  receive(packet: EnginePacket): Promise<void> | undefined;
  /** Something has come that is no packet, or the connection has closed. */
  end(reason: "parse error" | "transport close"): void;
}

/** Carries packets, each in a message of its own. */
export class WebSocketTransport implements EngineTransport {
  readonly name = "websocket";
  readonly #connection: Connection;
  readonly #highWaterMark: number;
  #receiver: PacketReceiver;

  /**
   * @param connection Has just opened.
   * @param receiver Takes its packets at first.
   * @param highWaterMark Bytes of the connection's queue from which on it counts as congested.
   */
  constructor(connection: Connection, receiver: PacketReceiver, highWaterMark: number) {
    this.#connection = connection;
    this.#receiver = receiver;
    this.#highWaterMark = highWaterMark;
    connection.on("message", (data) => this.#receive(data));
    connection.on("close", () => this.#receiver.end("transport close"));
  }

  /** Gives the packets to another receiver from now on. */
  redirect(receiver: PacketReceiver): void {
    this.#receiver = receiver;
  }

  #receive(data: string | Uint8Array): Promise<void> | undefined {
    const packet = decodeEnginePacket(data);
    if (packet !== undefined) return this.#receiver.receive(packet);
    this.#receiver.end("parse error");
    return undefined;
  }

  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  get congested(): boolean {
    return this.#connection.bufferedAmount > this.#highWaterMark;
  }

  get writable(): boolean {
    return !this.congested;
  }

  send(message: EngineMessage, isShared: boolean): SendResult {
    const connection = this.#connection;
    return connection.send(isShared ? message.prepared(connection) : message.packet);
  }

  sendPacket(packet: string): void {
    this.#connection.send(packet);
  }

  /** Sends a packet that has waited for a poll: bytes go as bytes again. */
  sendWaiting(packet: string): void {
    const { data = "" } = decodeEnginePacket(packet) ?? {};
    this.#connection.send(typeof data === "string" ? packet : data);
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  /** The Close frame stands behind what was sent; the engine's clients expect no code in it. */
  end(): boolean {
    this.#connection.close();
    return true;
  }
}
