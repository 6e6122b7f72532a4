/** The broker over a real Redis. */

import { brokerContract } from "../../support/broker_contract.ts";
import { optional } from "../../support/optional.ts";
import { redisNode, TestRedis } from "../../support/redis.ts";

brokerContract("redisBroker()", {
  nodes: 2,
  ...optional("redis"),
  async make() {
    const redis = await TestRedis.start();
    const nodes = [redisNode(redis), redisNode(redis)];
    await Promise.all(nodes.map((node) => node.start?.()));
    return {
      nodes,
      async [Symbol.asyncDispose]() {
        for (const node of nodes) await node[Symbol.asyncDispose]();
        await redis[Symbol.asyncDispose]();
      },
    };
  },
});
