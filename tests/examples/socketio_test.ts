/** A chat room that clients of Socket.IO and of this package share. */

import { assertEquals, assertRejects } from "@std/assert";
import { connect } from "@hawser/ws/client";
import { io } from "socket.io-client";
import { startProgram } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("examples/socketio.ts lets both kinds of client meet in a room", async () => {
  await using program = await startProgram("examples/socketio.ts", { args: ["0"] });
  const { host } = program.url;
  const ada = io(`http://${host}`, { auth: { name: "Ada" } });
  await using bob = connect(`ws://${host}/ws?name=Bob`);
  const heard: string[][] = [];
  ada.on("message:new", ({ name, content }) => heard.push(["ada", name, content]));
  bob.on("message:new", (message) => {
    const { name, content } = message as { name: string; content: string };
    heard.push(["bob", name, content]);
  });
  await ada.emitWithAck("room:join", "deck");
  await bob.join("deck");
  const sent = { roomId: "deck", content: "Ahoy" };
  assertEquals(await ada.emitWithAck("message:send", sent), { status: "ok" });
  assertEquals(await bob.emitWithAck("message:send", sent), { status: "ok" });
  await waitFor(() => heard.length === 4);
  assertEquals(heard.filter(([who]) => who === "ada"), [
    ["ada", "Ada", "Ahoy"],
    ["ada", "Bob", "Ahoy"],
  ]);
  const typing: unknown[] = [];
  ada.on("user:typing", (data) => typing.push(data));
  bob.emit("user:typing", { roomId: "deck" });
  await waitFor(() => typing.length === 1);
  assertEquals(typing, [{ name: "Bob" }]);
  const outside = bob.emitWithAck("message:send", { roomId: "hold", content: "Hello?" });
  await assertRejects(() => outside, Error, "FORBIDDEN");
  ada.disconnect();
});

Deno.test("examples/socketio.ts refuses a client without a name", async () => {
  await using program = await startProgram("examples/socketio.ts", { args: ["0"] });
  const nobody = io(`http://${program.url.host}`, { forceNew: true });
  const error = await new Promise<Error>((resolve) => nobody.on("connect_error", resolve));
  assertEquals(error.message, "Authentication failed");
  nobody.disconnect();
});
