/** Rooms: clients join by name, and what one says all members of the room hear. */

import { assertEquals, assertRejects } from "@std/assert";
import { connect } from "@hawser/ws/client";
import { startProgram } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("examples/rooms.ts fits the client library: join, say, hear, leave", async () => {
  await using program = await startProgram("examples/rooms.ts", { args: ["--port", "0"] });
  const url = `ws://${program.url.host}/`;
  await using ada = connect(url);
  await using bob = connect<{ count: { members: number }; said: unknown }>(url);
  const counts: unknown[] = [];
  const said: unknown[] = [];
  bob.on("count", ({ members }) => counts.push(members));
  bob.on("said", (data) => said.push(data));
  await ada.join("deck");
  await bob.join("deck");
  await ada.emitWithAck("say", { room: "deck", text: "ahoy" });
  await waitFor(() => said.length === 1);
  assertEquals(said, [{ from: ada.id, text: "ahoy" }]);
  ada.leave("deck");
  await waitFor(() => counts.length === 2);
  assertEquals(counts, [2, 1]);
  const late = ada.emitWithAck("say", { room: "deck", text: "still there?" });
  await assertRejects(() => late, Error, "FORBIDDEN");
});
