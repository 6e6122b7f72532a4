/**
 * A WebSocket server for Deno, from the wire up: strict RFC 6455 and RFC 7692, backpressure, limits
 * with an answer each, plain HTTP on the same port, and an application layer with rooms.
 *
 * @example An echo server
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
 *   connection.on("message", (data) => {
 *     connection.send(data);
 *   });
 * });
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
 * socket.onopen = () => socket.send("hello");
 * const echo = await new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
 * assertEquals(echo, "hello");
 * socket.close();
 * ```
 *
 * @module
 */

export { serve } from "./server/serve.ts";
export { type ConnectionHandler, Server } from "./server/server.ts";
export type {
  CompressOptions,
  FetchHandler,
  ServeOptions,
  UpgradeHandler,
} from "./server/options.ts";
export type { LimitOptions } from "./server/limit_options.ts";
export type { ShutdownOptions } from "./server/shutdown.ts";
export type {
  CloseInfo,
  Connection,
  ConnectionEvents,
  ConnectionState,
  FetchInfo,
  Notice,
  PreparedMessage,
  RequestInfo,
  SendOptions,
  SendResult,
  Traffic,
  Transport,
  UpgradeAnswer,
} from "./server/types.ts";
export { jsonLog, textLog } from "./server/operations/log_lines.ts";
export {
  operations,
  type OperationsHandler,
  type OperationsOptions,
} from "./server/operations/operations.ts";
export type { Operated, ServerStats } from "./server/operations/server_stats.ts";
export type {
  BrokerRecord,
  CloseRecord,
  LogRecord,
  LogRecordBase,
  LogSink,
  NodeRecord,
  NoticeRecord,
  OpenRecord,
  RejectRecord,
} from "./server/net/log_records.ts";
export { prepareResponse } from "./server/prepared_response.ts";
export type { Certificate } from "./server/net/listen/certificate.ts";
export type { ConnectionStats } from "./server/net/websocket/connection_set.ts";
export type { HttpStats } from "./server/net/counters.ts";
export type { MemoryStats } from "./server/net/memory_budget.ts";
export type { HistogramStats } from "./server/app/stats/histogram.ts";
export type { AppStats, ErrorLabel } from "./server/app/stats/meter.ts";
export {
  AckError,
  type AckErrorCode,
  type AckMember,
  type AckOptions,
  type OwedAcks,
} from "./server/app/clients/acks.ts";
export { apiKeys, type ApiKeyUser, type BoundApiKey } from "./server/app/auth/api_keys.ts";
export { App } from "./server/app/app.ts";
export type {
  AuthContext,
  Authenticator,
  AuthMode,
  AuthOptions,
  Grant,
  Identity,
} from "./server/app/auth/auth.ts";
export type { AuthCounts } from "./server/app/auth/gate.ts";
export type { AnyData, Client } from "./server/app/clients/client.ts";
export { type Clock, systemClock } from "./server/clock.ts";
export type { EventContext, Middleware, Next } from "./server/app/events/compose.ts";
export type {
  CheckedHandlers,
  EventHandler,
  EventHandlers,
  EventOptions,
} from "./server/app/events/dispatcher.ts";
export {
  EventError,
  type EventErrorCode,
  type EventErrorOptions,
} from "./server/app/events/errors.ts";
export type {
  AnyEvents,
  AppEvents,
  EventAnswers,
  EventData,
  EventName,
  EventResults,
} from "./wire/event_types.ts";
export type { BrokerFigures } from "./server/app/nodes/broker_watch.ts";
export type { BrokerStats, NodeInfo } from "./server/app/streams/broker.ts";
export type { StreamCounts } from "./server/app/streams/followed_stream.ts";
export { memoryBroker, type MemoryBrokerOptions } from "./server/app/streams/memory_broker.ts";
export type { HistoryOptions } from "./server/app/streams/history_options.ts";
export { jwt, type JwtClaims, type JwtOptions } from "./server/app/auth/jwt.ts";
export type { JwtKeyOptions } from "./server/app/auth/jwt_keys.ts";
export type { ConnectHandler, DisconnectHandler } from "./server/app/lifecycle.ts";
export type { NamespacesOptions } from "./server/app/temporary_namespaces.ts";
export type { AppOptions, ErrorPlace, IdentifyingOptions } from "./server/app/options.ts";
export { MemoryHistory, type MemoryHistoryOptions } from "./server/app/streams/memory_history.ts";
export type { Guard, Visitor } from "./server/app/admission_control.ts";
export type { PeerInfo } from "./server/app/peer.ts";
export type { JoinRule, RoomHandler, RoomOptions } from "./server/app/room_options.ts";
export type { JoinFields } from "./server/app/clients/room_entry.ts";
export type { Joined, JoinFrom, Newest, Position } from "./server/app/streams/position.ts";
export type { PresenceUpdate } from "./server/app/presence/presence.ts";
export type { PresenceOptions } from "./server/app/presence/options.ts";
export type { RateLimitOptions, RateOptions } from "./server/app/limits/rate_limit.ts";
export type {
  EventSchema,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from "./server/app/events/schema.ts";
export type { Target } from "./server/app/clients/target.ts";
export type { MemberInfo, TargetMember } from "./server/app/clients/target_member.ts";
export type { NodeHandler, Nodes } from "./server/app/nodes/nodes.ts";
export type { UserIdOf } from "./server/app/clients/users.ts";
export { Args, args, type ArgsOf } from "./wire/args.ts";
export { fallback } from "./server/wires/fallback/mod.ts";
export type { FallbackOptions } from "./server/wires/fallback/options.ts";
export { publish } from "./server/wires/publish/publish.ts";
export type { PublishOptions, PublishTarget } from "./server/wires/publish/options.ts";
export type { Wire } from "./server/wires/wire.ts";
