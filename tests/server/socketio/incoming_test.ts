/** Tests of server/socketio/incoming.ts: its reports stand in peer_test.ts and namespaces_test.ts. */

import { assertEquals } from "@std/assert";
import { RecordingApp } from "../../support/socketio.ts";

Deno.test("reportPacket() takes a number for the name of an event, as emitters do", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect();
  await client.send('2[5,"a"]');
  assertEquals(recorder.last.trace, [["5", "a"]]);
});

Deno.test("reportPacket() asks for no place in rooms that cannot be", async () => {
  const recorder = new RecordingApp();
  const client = await recorder.client();
  await client.connect();
  for (const data of ["{}", "null", `{"roomId":5}`, `{"roomId":"a","last":"x"}`]) {
    await client.send(`2["room:join",${data}]`);
  }
  assertEquals(recorder.last.trace, Array(4).fill(["INVALID_MESSAGE", "room:join"]));
});
