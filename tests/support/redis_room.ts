/** Nodes of one deployment over a real Redis, and members of one room on them. */

import { redisBroker, type RedisBrokerOptions } from "@hawser/ws/redis";
import { ClientServer } from "./client_app.ts";
import { checkRoom, type RoomChecks, RoomMember } from "./room_members.ts";
import { Traffic } from "./room_traffic.ts";
import { patience } from "./redis.ts";
import { eventually } from "./wait.ts";

/** The parts of a room. */
export interface RedisRoomOptions extends Partial<RedisBrokerOptions> {
  /** Where Redis is, for each node. */
  readonly urls: readonly string[];
  /** Members on each node. */
  readonly members?: number;
}

/** Nodes in this process, each with a server, and members that have joined. */
export class RedisRoom implements AsyncDisposable {
  readonly nodes: ClientServer[] = [];
  readonly members: RoomMember[] = [];
  /** The log lines of the brokers. */
  readonly notices: string[] = [];
  /** The errors that `onError` has received. */
  readonly errors: unknown[] = [];

  /** Starts the nodes, and lets the members join. */
  static async start(
    { urls, members = 2, ...options }: RedisRoomOptions,
  ): Promise<RedisRoom> {
    const made = new RedisRoom();
    for (const url of urls) {
      made.nodes.push(
        new ClientServer({
          broker: redisBroker({
            size: 10_000,
            publishTimeout: patience,
            onNotice: (text) => void made.notices.push(text),
            ...options,
            url,
          }),
          onError: (error) => void made.errors.push(error),
        }),
      );
    }
    for (const node of made.nodes) {
      for (let i = 0; i < members; i++) made.members.push(await RoomMember.join(node.url));
    }
    return made;
  }

  /** Lets all nodes publish in turn. */
  traffic(perSecond: number): Traffic {
    return new Traffic(this.nodes.map(({ app }) => app), perSecond);
  }

  /** Resolves when all brokers are in a state. A half-open connection is found in seven seconds. */
  async state(state: "up" | "down"): Promise<void> {
    const end = performance.now() + 30_000;
    while (!this.nodes.every(({ server }) => server.stats().broker?.state === state)) {
      if (performance.now() > end) throw new Error(`Brokers do not come ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Ends the traffic, waits until all has come, and checks what the members have heard. */
  async end(traffic: Traffic, options?: RoomChecks): Promise<void> {
    await traffic.stop();
    const last = traffic.send();
    await traffic.stop();
    await eventually(() => this.members.every((member) => member.hasHeard(last)));
    checkRoom(this.members, traffic, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) await member[Symbol.asyncDispose]();
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
  }
}
