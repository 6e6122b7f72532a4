/**
 * The parts of a wire: the way in which clients of a protocol of your own reach an application.
 *
 * @example A wire that takes lines of text
 * ```ts
 * import { App, EventError, serve } from "@hawser/ws";
 * import { refusalResponse, type Wire } from "@hawser/ws/wire";
 * import { assertEquals } from "@std/assert";
 *
 * // One request, one event: `POST /tell/greet` with a text.
 * const tell: Wire = () => ({
 *   owns: (pathname) => pathname.startsWith("/tell/"),
 *   async fetch(asked) {
 *     const entry = await asked.enter();
 *     if (entry instanceof Response || entry instanceof EventError) return refusalResponse(entry);
 *     return new Response(`${entry.remoteAddress} may come in`);
 *   },
 * });
 * const app = new App();
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app, wires: [tell] });
 *
 * const response = await fetch(`http://127.0.0.1:${server.addr.port}/tell/greet`);
 * assertEquals(await response.text(), "127.0.0.1 may come in");
 * ```
 *
 * @module
 */

export { Outgoing } from "../app/events/outgoing.ts";
export {
  acceptor,
  type AckId,
  type Answer,
  type IncomingEvent,
  type Peer,
  type PeerAcceptor,
  type PeerInfo,
  type Servable,
  type Session,
  type WelcomeFields,
} from "../app/peer.ts";
export type { Joined, Place, Position } from "../app/streams/position.ts";
export type { Clock } from "../clock.ts";
export type { Report } from "../contain.ts";
export type { QueueLimits } from "../slow_peer_detector.ts";
export type {
  Admission,
  ConnectionTerms,
  Handshake,
  HttpClients,
  Memory,
  MemoryAccount,
  MemoryHolder,
  Notice,
  Notify,
  SubjectNotice,
} from "../types.ts";
export { refusalResponse } from "./refusal.ts";
export type {
  Admitted,
  EnterOptions,
  Entry,
  LoggedSession,
  SessionLog,
  Upgrade,
  Wire,
  WireApp,
  WireContext,
  WireHandler,
  WireRequest,
} from "./wire.ts";
export type { History, HistoryMessage, HistoryPage } from "../app/streams/history.ts";
export type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerMessage,
  BrokerState,
  Replies,
  Topic,
} from "../app/streams/broker.ts";
export type { BrokerChange, BrokerFigures, BrokerWatcher } from "../app/nodes/broker_watch.ts";
export type { Member } from "../app/clients/hub.ts";
export type { MemoryHistoryContext } from "../app/streams/memory_history.ts";
export type { JoinRequest, LeaveRequest, RoomRequest } from "../app/peer.ts";
export type { Presence } from "../app/presence/presence.ts";
