/**
 * Clients in memory and a clock that stands still: tests of an application without a server, sockets
 * or waiting.
 *
 * @example A handler, tested
 * ```ts
 * import { App } from "@hawser/ws";
 * import { testClient } from "@hawser/ws/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * app.on("ping me", (client) => void client.emit("pinged", { at: 12 }));
 *
 * await using ada = await testClient(app);
 * await ada.emit("ping me");
 * assertEquals(await ada.next("pinged"), { at: 12 });
 * ```
 *
 * @module
 */

export {
  type ReceivedError,
  TestClient,
  testClient,
  type TestClientOptions,
} from "./test_client.ts";
export { TestClock } from "./test_clock.ts";
export type { ReceivedEvent } from "./test_peer.ts";
