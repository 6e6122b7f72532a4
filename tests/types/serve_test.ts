/** The shapes in which users write a server compile, and what is wrong does not. */

import { assertEquals } from "@std/assert";
import { type Connection, serve } from "@hawser/ws";

const address = { port: 0, hostname: "127.0.0.1" };

Deno.test("serve() takes handlers that return anything", async () => {
  await using _server = serve(address, (connection) => {
    connection.on("message", (data) => connection.send(data));
    connection.on("close", ({ code, reason, wasClean }) => [code, reason, wasClean]);
    return connection.send("welcome");
  });
});

Deno.test("serve() gives the connection the data of its upgrade hook", async () => {
  const greet = ({ data }: Connection<{ user: string }>) => data.user.toUpperCase();
  const upgrade = () => Promise.resolve({ data: { user: "ada" }, headers: { "x-a": "b" } });
  await using server = serve({ ...address, upgrade }, (connection) => {
    connection.send(greet(connection));
    // @ts-expect-error The hook attaches no age.
    connection.data.age;
  });
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  const text = await new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
  assertEquals(text, "ADA");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
});

Deno.test("serve() knows its options and events", async () => {
  await using _server = serve(address, (connection) => {
    // @ts-expect-error There is no such event; at run time it throws.
    if (connection.state === "closed") connection.on("data", () => {});
  });
  // @ts-expect-error There is no such option.
  const mistyped: Parameters<typeof serve>[0] = { maxPayload: 1 };
  assertEquals(Object.keys(mistyped), ["maxPayload"]);
});
