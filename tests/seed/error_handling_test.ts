/** Error handling: every mistake is answered, none ends the connection or the server. */

import { App } from "@hawser/ws";
import { assertEquals } from "@std/assert";
import { serveApp } from "../support/json_app.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("seed: error handling answers what is no JSON and what has no type", async () => {
  const app = new App();
  app.on("note", () => "noted");
  await using served = serveApp(app);
  const { socket } = await served.connect();
  socket.send("{nonsense");
  assertEquals(await socket.next(), {
    type: "error",
    code: "PARSE_ERROR",
    message: "Invalid JSON",
  });
  socket.send({ payload: "no type" });
  assertEquals(await socket.next(), {
    type: "error",
    code: "INVALID_MESSAGE",
    message: "Message must have a type field",
  });
  socket.send({ id: "1", event: "note", data: null });
  assertEquals(await socket.next(), { ack: "1", data: "noted" });
});

Deno.test("seed: error handling contains a handler that throws", async () => {
  const errors: unknown[] = [];
  const app = new App({ onError: (error) => errors.push(error) });
  const secret = new Error("secret");
  app.on("fail", () => {
    throw secret;
  });
  await using served = serveApp(app);
  const { socket } = await served.connect();
  socket.send({ type: "fail" });
  assertEquals(await socket.next(), {
    type: "error",
    code: "INTERNAL",
    message: "Internal error",
    event: "fail",
  });
  assertEquals(errors, [secret]);
});

Deno.test("seed: error handling cleans up after an abnormal closure", async () => {
  const app = new App();
  const codes: number[] = [];
  app.onConnect((client) => void client.join("deck"));
  app.onDisconnect((_client, { code }) => void codes.push(code));
  await using served = serveApp(app);
  await served.connect();
  const [client] = app.in("deck").clients();
  client?.terminate();
  await waitFor(() => codes.length === 1);
  assertEquals([codes, app.size, app.in("deck").count], [[1006], 0, 0]);
});
