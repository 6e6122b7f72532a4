/** Rooms: clients join by name, and what one says the others of the room hear. */

import { assertEquals } from "@std/assert";
import { JsonSocket } from "../support/json_socket.ts";
import { startProgram } from "../support/program.ts";

Deno.test("examples/rooms.ts tells the others of a room what one says", async () => {
  await using program = await startProgram("examples/rooms.ts", { args: ["--port", "0"] });
  const url = `ws://${program.url.host}/`;
  await using ada = await JsonSocket.open(url);
  await using bob = await JsonSocket.open(url);
  const { id } = await ada.next();
  await bob.next();
  ada.send({ id: "1", event: "join", data: { room: "deck" } });
  assertEquals(await ada.next(), { type: "count", room: "deck", members: 1 });
  assertEquals(await ada.next(), { ack: "1", data: { members: 1 } });
  bob.send({ type: "join", room: "deck" });
  for (const each of [ada, bob]) {
    assertEquals(await each.next(), { type: "count", room: "deck", members: 2 });
  }
  ada.send({ type: "say", room: "deck", text: "ahoy" });
  assertEquals(await bob.next(), { type: "said", room: "deck", from: id, text: "ahoy" });
  ada.send({ type: "leave", room: "deck" });
  assertEquals(await bob.next(), { type: "count", room: "deck", members: 1 });
  ada.send({ type: "say", room: "deck", text: "still there?" });
  const error = { type: "error", code: "FORBIDDEN", message: "Not in this room", event: "say" };
  assertEquals(await ada.next(), error);
});
