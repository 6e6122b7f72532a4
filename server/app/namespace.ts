/** One namespace: the parts that serve it, and the calls between them. `App` is its face. */

import type { Admission, Handshake } from "../types.ts";
import type { ServedNamespace } from "./acceptor.ts";
import type { Grant } from "./auth/auth.ts";
import { Authentication } from "./auth/authentication.ts";
import { AckError } from "./clients/acks.ts";
import { type AnyData, Client, type ClientContext } from "./clients/client.ts";
import { Hub } from "./clients/hub.ts";
import { RoomLimits } from "./clients/room_limits.ts";
import { ClientSession } from "./clients/session.ts";
import { AdmissionControl } from "./admission_control.ts";
import { Dispatcher } from "./events/dispatcher.ts";
import { ErrorReporter } from "./events/error_reporter.ts";
import { EventError } from "./events/errors.ts";
import { Lifecycle } from "./lifecycle.ts";
import { BrokerWatch } from "./nodes/broker_watch.ts";
import type { NodeMessage } from "./nodes/node_message.ts";
import { type NodeListener, Nodes } from "./nodes/nodes.ts";
import { Remote } from "./nodes/remote.ts";
import { nodeOf } from "./nodes/topics.ts";
import { UserTopics } from "./nodes/user_topics.ts";
import type { ResolvedAppOptions } from "./options.ts";
import type { Peer, Session } from "./peer.ts";
import type { Presence } from "./presence/presence.ts";
import { PresenceTracker } from "./presence/tracker.ts";
import type { SharedParts } from "./shared_parts.ts";
import type { AppStats } from "./stats/meter.ts";
import type { Broker, BrokerLink } from "./streams/broker.ts";
import { Following } from "./streams/following.ts";
import { innerBroker } from "./streams/memory_broker.ts";
import type { Position } from "./streams/position.ts";
import { Streams } from "./streams/streams.ts";

/** Serves the clients of one namespace. */
export class Namespace<ServerEvents extends object, User, Data extends object = AnyData>
  implements ServedNamespace {
  readonly #options: ResolvedAppOptions<ServerEvents, User, Data>;
  readonly #parts: SharedParts<User>;
  readonly #broker: Broker;
  readonly #link: BrokerLink;
  readonly #limits: RoomLimits<Client<ServerEvents, User, Data>>;
  readonly #streams: Streams<Client<ServerEvents, User, Data>>;
  readonly #remote: Remote<Client<ServerEvents, User, Data>>;
  readonly #userFollowing: Following;
  readonly #tracker: PresenceTracker<Client<ServerEvents, User, Data>> | undefined;
  #isClosed = false;
  /** Receives the events of other nodes. */
  #nodeListener: NodeListener = () => {};
  /** The clients of this node. */
  readonly hub: Hub<Client<ServerEvents, User, Data>> = new Hub<
    Client<ServerEvents, User, Data>
  >();
  /** Handlers of events. */
  readonly dispatcher: Dispatcher<Client<ServerEvents, User, Data>> = new Dispatcher<
    Client<ServerEvents, User, Data>
  >();
  /** Handlers of what happens to clients. */
  readonly lifecycle: Lifecycle<ServerEvents, User, Data>;
  /** Reports errors of handlers, brokers and stores. */
  readonly errors: ErrorReporter<Client<ServerEvents, User, Data>>;
  /** Admits clients. */
  readonly admission: AdmissionControl<User>;
  /** Reports on the broker to servers. */
  readonly broker: BrokerWatch;
  /** The nodes that it runs on. */
  readonly nodes: Nodes;
  /** The context of clients and targets. */
  readonly clientContext: ClientContext<Client<ServerEvents, User, Data>>;

  /**
   * @param parts The parts that the namespaces of one pattern share.
   */
  constructor(options: ResolvedAppOptions<ServerEvents, User, Data>, parts: SharedParts<User>) {
    this.#options = options;
    this.#parts = parts;
    this.errors = new ErrorReporter(
      this.#options.onError,
      // Clients that do not answer would fill a log.
      (error) => error instanceof AckError || this.#isOfBrokerDown(error),
    );
    const { clock, presence } = this.#options;
    this.admission = new AdmissionControl(this.#parts, this.#options.identify);
    this.#broker = this.#options.broker ?? innerBroker({
      history: this.#options.history,
      ...presence?.store && { presence: presence.store },
      now: clock.now,
    }, (room) => this.hub.hasRoom(room));
    this.broker = new BrokerWatch(this.#broker, this.errors.broker);
    this.#link = this.#broker.link("/", {
      published: (room, position, message) => this.#streams.published(room, position, message),
      stands: (room, position) => this.#streams.stands(room, position),
      told: (message, from) => this.#remote.told(message, from),
      asked: (message) => this.#remote.asked(message),
      gone: (node, how) => this.broker.gone(node, how),
      vanished: (room, userId) => this.#tracker?.vanished(room, userId),
      appeared: (room, userId) => this.#tracker?.appeared(room, userId),
      state: (state) => this.broker.state(state),
    });
    this.#limits = new RoomLimits(
      this.hub,
      this.#options,
      (name) => this.hub.get(name) !== undefined || this.#isOfNode(name),
    );
    this.#remote = new Remote({
      link: this.#link,
      hub: this.hub,
      limits: this.#limits,
      clock,
      infoOf: (client) => this.#options.memberInfo(client),
      received: (message, from) => this.#receive(message, from),
      failed: this.errors.broker,
    });
    this.nodes = new Nodes({
      link: this.#link,
      failed: this.errors.broker,
      listen: (listener) => void (this.#nodeListener = listener),
    });
    this.#streams = new Streams({
      link: this.#link,
      clock,
      members: (room) => this.hub.membersOf(room),
      isIn: (room, client) => this.hub.isIn(room, client),
      failed: (error, client) =>
        this.errors.report(error, client, client === undefined ? "broker" : "join"),
    });
    this.hub.observe(this.#streams);
    this.clientContext = {
      hub: this.hub,
      limits: this.#limits,
      clock,
      maxPendingAcks: this.#options.maxPendingAcks,
      streams: this.#streams,
      remote: this.#remote,
      idPrefix: this.#link.isAlone ? "" : `${this.#link.node}.`,
    };
    this.#userFollowing = new Following(this.#link, clock, () => {});
    if (!this.#link.isAlone) {
      this.hub.observe(new UserTopics(this.hub, this.#userFollowing, this.errors.broker));
    }
    const { meter } = this.#parts;
    this.lifecycle = new Lifecycle(this.#options, {
      hub: this.hub,
      limits: this.#limits,
      dispatcher: this.dispatcher,
      errors: this.errors,
      meter,
    });
    this.hub.observe(this.lifecycle);
    if (presence !== undefined) {
      const failed = (error: unknown, client: Client<ServerEvents, User, Data>) =>
        this.errors.report(error, client, "presence");
      this.#tracker = new PresenceTracker(
        this.hub,
        { ...presence, store: this.#link.presence, holder: this.#link.node, clock },
        failed,
        (room, userId, status) =>
          this.#remote.tellPresence({ type: "presence", room, userId, status }),
      );
      this.hub.observe(this.#tracker);
    }
  }

  /** Whether an error says no more than what was said once: that the broker is down. */
  #isOfBrokerDown(error: unknown): boolean {
    const { broker } = this.#options;
    return broker?.state === "down" && error instanceof EventError && error.code === "UNAVAILABLE";
  }

  /** Whether a name may be the id of a client on any of several nodes. */
  #isOfNode(name: string): boolean {
    const node = this.#link.isAlone ? undefined : nodeOf(name);
    return node !== undefined && this.#link.nodes().some((each) => each.node === node);
  }

  /** Another node has told what does not concern clients. */
  #receive(message: Extract<NodeMessage, { type: "presence" | "event" }>, from: string): void {
    if (message.type === "event") return this.#nodeListener(message.event, message.text, from);
    this.#tracker?.changedElsewhere(message.room, message.userId, message.status);
  }

  /** How many clients it has. */
  get size(): number {
    return this.hub.size;
  }

  /** Presence over all nodes; absent where it is off. */
  get presence(): Presence | undefined {
    return this.#tracker && this.#link.presence;
  }

  /**
   * Publishes in a room.
   *
   * @throws {EventError | TypeError} The room, the name or the data is not allowed.
   */
  publish(room: string, event: string, data: unknown): Promise<Position> {
    this.#limits.checkName(room);
    return this.#streams.publish(room, event, data);
  }

  // ----- Lifetime -----

  /** Lets the broker connect. Does not throw. */
  start(): void {
    this.#broker.start?.().catch((error) => {
      // A broker that has never connected reports it when it is closed.
      if (!this.#isClosed) this.errors.broker(error);
    });
  }

  /** Leaves the broker, and takes users offline who are away, where no client is left. */
  async leaveBroker(): Promise<void> {
    if (this.size === 0) await this.#tracker?.end();
    this.#streams.close();
    this.#userFollowing.close();
  }

  /** Closes the broker. Does not reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#broker[Symbol.asyncDispose]();
  }

  // ----- For wires -----

  connecting(remoteAddress: string): EventError | undefined {
    return this.admission.connecting(remoteAddress);
  }

  admit(handshake: Handshake): Promise<Admission | EventError> {
    return this.admission.admit(handshake);
  }

  accept(peer: Peer, { grant }: Admission): Session {
    const { gate, rates } = this.#parts;
    // The cast: what this application has granted.
    const granted = grant as Grant<User> | undefined;
    // The cast: nobody sees a client before it is authenticated.
    const user = gate === undefined && granted === undefined
      ? this.#options.identify(peer)
      : granted?.user as User;
    const identity = { user };
    const client = new Client<ServerEvents, User, Data>(
      peer,
      identity,
      this.clientContext,
    );
    const authentication = gate && new Authentication(gate, peer, {
      grant: granted,
      guard: (user) => this.admission.check(peer, user),
      identified: (user) => void (identity.user = user),
      close: (code, reason) => client.close(code, reason),
      failed: (error) => this.errors.report(error, client, "auth"),
    });
    const rate = rates?.limiter(client);
    return new ClientSession<Client<ServerEvents, User, Data>>(peer, client, this.lifecycle, {
      rate,
      authentication,
    });
  }

  stats(): AppStats {
    const { size: clients, roomCount: rooms, memberships } = this.hub;
    const { meter, gate } = this.#parts;
    const { counts: streams } = this.#streams;
    return { clients, rooms, memberships, streams, ...meter.stats(), auth: gate?.counts };
  }
}

/** Adds up the namespaces of one pattern; what their common parts count is counted once. */
export function addUp(
  namespaces: Iterable<Pick<ServedNamespace, "stats">>,
  { meter, gate }: SharedParts<unknown>,
): AppStats {
  const sums = { clients: 0, rooms: 0, memberships: 0 };
  const streams = { holes: 0, doubles: 0, resets: 0 };
  for (const namespace of namespaces) {
    const { clients, rooms, memberships, streams: { holes, doubles, resets } } = namespace.stats();
    streams.holes += holes;
    streams.doubles += doubles;
    streams.resets += resets;
    sums.clients += clients;
    sums.rooms += rooms;
    sums.memberships += memberships;
  }
  return { ...sums, streams, ...meter.stats(), auth: gate?.counts };
}
