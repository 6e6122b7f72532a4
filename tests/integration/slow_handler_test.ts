/** A handler that takes long, as its clients see it. */

import { assertEquals } from "@std/assert";
import { connect } from "../../client/mod.ts";
import { App, serve } from "../../mod.ts";
import { pongText } from "../../wire/client_message.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("hostile 182: a client does not take a server for dead whose handler is slow", async () => {
  const slow = Promise.withResolvers<string>();
  const app = new App();
  app.on("job", () => slow.promise);
  await using server = serve({ port: 0, hostname: "127.0.0.1", app, onListen() {} });
  const url = `ws://127.0.0.1:${server.addr.port}`;
  let signs = 0;
  class ObservedWebSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => {
        if (data === pongText) signs++;
      });
    }
  }
  const options = { WebSocket: ObservedWebSocket, idleTimeout: 300, connectTimeout: 4_000 };
  await using client = connect(url, options);
  await client.ready();
  const answer = client.emitWithAck("job", null, { timeout: 60_000 });
  await waitFor(() => signs >= 2);
  assertEquals(client.state, "open");
  slow.resolve("done");
  assertEquals(await answer, "done");
});
