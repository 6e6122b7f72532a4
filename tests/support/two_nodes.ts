/** Two applications that are the nodes of one deployment, in one process. */

import { App } from "../../server/app/app.ts";
import type { AppOptions } from "../../server/app/options.ts";
import { connect, ManualClock } from "./clients.ts";
import type { MemoryConnection } from "./memory_connection.ts";
import { type TestBroker, TestNetwork } from "./test_network.ts";

/** A user, as the tests' connections carry it. */
export interface TestUser {
  readonly sub: string;
}

type Options = AppOptions<Record<string, unknown>, TestUser | undefined>;

/** An application on a node of its own. */
export interface TestNode {
  readonly app: App<Record<string, unknown>, Record<string, unknown>, TestUser | undefined>;
  readonly broker: TestBroker;
  /** The errors that `onError` has received. */
  readonly errors: unknown[];
  /** Connects a client, as a user of this name where there is one. */
  connect(sub?: string): { readonly connection: MemoryConnection; readonly id: string };
}

/** Two nodes, on which clients may join any room, and what is between them. */
export interface TwoNodes extends AsyncDisposable {
  readonly network: TestNetwork;
  readonly clock: ManualClock;
  readonly one: TestNode;
  readonly two: TestNode;
}

/** Makes two nodes. */
export function twoNodes(
  options: Options = {},
  network: TestNetwork = new TestNetwork(),
): TwoNodes {
  const clock = new ManualClock();
  const [one, two] = [network.node(), network.node()].map((broker): TestNode => {
    const errors: unknown[] = [];
    const app: TestNode["app"] = new App({
      clock,
      broker,
      rooms: true,
      onError: (error) => void errors.push(error),
      identify: ({ data }) => data as TestUser | undefined,
      ...options,
    });
    return {
      app,
      broker,
      errors,
      connect: (sub) => connect(app, { data: sub === undefined ? undefined : { sub } }),
    };
  });
  return {
    network,
    clock,
    one: one!,
    two: two!,
    async [Symbol.asyncDispose](): Promise<void> {
      await one!.app[Symbol.asyncDispose]();
      await two!.app[Symbol.asyncDispose]();
    },
  };
}

/** Lets all go on that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
