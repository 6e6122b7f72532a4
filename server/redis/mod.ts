/**
 * Many nodes over one Redis, for an `App` of `@hawser/ws`: every member of a room gets the same
 * messages in one order, on whichever node it is.
 *
 * It needs Redis 6.2 or later, or Valkey: a single one, with replicas or without. A cluster is refused
 * when it connects, with an error that says so.
 *
 * @example An application of many nodes
 * ```ts no-run
 * import { App, serve } from "@hawser/ws";
 * import { redisBroker } from "@hawser/ws/redis";
 *
 * const broker = redisBroker({ url: "redis://redis.internal:6379" });
 * serve({ port: 8080, app: new App({ broker, rooms: true }) });
 * ```
 *
 * @module
 */

export type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerMessage,
  BrokerState,
  BrokerStats,
  NodeInfo,
  Replies,
  Topic,
} from "../app/streams/broker.ts";
export type { HistoryMessage, HistoryPage } from "../app/streams/history.ts";
export type { JoinFrom, Newest, Position } from "../app/streams/position.ts";
export type { Presence } from "../app/presence/presence.ts";
export { redisBroker } from "./broker.ts";
export type { RedisBrokerOptions } from "./options.ts";
