/** The function that owns each option: the source of the generated table. */

/** Where an interface of options belongs. */
export interface Owner {
  /** The function that takes the options. */
  readonly name: string;
  /** The prefix of an option's name, where it is the option of an option. */
  readonly prefix?: string;
  /** Files in which the defaults stand, where it is not the one that declares the interface. */
  readonly defaultsIn?: readonly string[];
  /** Options that are no numbers and belong to the table all the same. */
  readonly also?: readonly string[];
  /** Numbers that bound nothing. */
  readonly except?: readonly string[];
}

/** Interfaces whose numbers are in the table already, or bound nothing. */
export const notListed = "not listed";

const serve: Owner = {
  name: "serve",
  defaultsIn: ["server/limit_options.ts", "server/resolved_options.ts"],
};

/** Interfaces with numbers by entry point; one that is missing here fails the check. */
export const owners: Readonly<
  Record<string, Readonly<Record<string, Owner | typeof notListed>>>
> = {
  "protocol/mod.ts": {
    MessageLimits: serve,
    HeadLimits: serve,
    DeflateOptions: { name: "serve", prefix: "compress.", except: ["level"] },
    ProtocolOptions: notListed,
    InflaterOptions: notListed,
  },
  "mod.ts": {
    LimitOptions: serve,
    ServeOptions: {
      ...serve,
      also: ["allowedOrigins", "allowedHosts", "trustProxy", "compress", "onQueueFull"],
      except: ["port"],
    },
    CompressOptions: { ...serve, prefix: "compress." },
    ShutdownOptions: { name: "server.shutdown", except: ["code"] },
    AppOptions: { name: "App", also: ["rateLimit", "connectRate"] },
    AuthOptions: { name: "App", prefix: "auth." },
    NamespacesOptions: { name: "app.namespaces", defaultsIn: ["server/app/app.ts"] },
    RateLimitOptions: { name: "App", prefix: "rateLimit.", also: ["events"] },
    RateOptions: { name: "App", prefix: "rateLimit." },
    MemoryHistoryOptions: { name: "App", prefix: "rooms.history." },
    PresenceOptions: { name: "App", prefix: "presence." },
    FallbackOptions: { name: "fallback", defaultsIn: ["server/wires/fallback/options.ts"] },
    PublishOptions: { name: "publish" },
    AckOptions: { name: "emitWithAck" },
    JwtOptions: { name: "jwt" },
  },
  "server/socketio/mod.ts": {
    EngineOptions: { name: "socketio", defaultsIn: ["server/socketio/options.ts"] },
    SocketIoOptions: { name: "socketio" },
    RecoveryOptions: {
      name: "socketio",
      prefix: "recovery.",
      defaultsIn: ["server/socketio/options.ts"],
    },
  },
  "server/redis/mod.ts": {
    RedisBrokerOptions: { name: "redisBroker" },
  },
  "server/sqlite/mod.ts": {
    SqliteHistoryOptions: { name: "SqliteHistory" },
  },
  "client/mod.ts": {
    ClientOptions: { name: "connect" },
    JoinOptions: notListed,
    QueueOptions: { name: "connect", defaultsIn: ["client/options.ts"], also: ["onQueueFull"] },
    AckOptions: { name: "client.emitWithAck", defaultsIn: ["client/line/sender.ts"] },
    ReconnectingWebSocketOptions: { name: "ReconnectingWebSocket" },
    BackoffOptions: notListed,
  },
};
