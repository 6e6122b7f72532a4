/** A message port that carries many messages at once, and knows how many were not taken. */

import { assertEquals } from "@std/assert";
import { BatchPort } from "../../../server/workers/batch_port.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("BatchPort sends the messages of a turn as one, also those before it is closed", async () => {
  const { port1, port2 } = new MessageChannel();
  const heard: number[] = [];
  let drained = 0;
  const one = new BatchPort<never, number>(port1, { message() {}, drained: () => void drained++ });
  const other = new BatchPort<number, never>(port2, { message: (each) => void heard.push(each) });
  assertEquals(one.isFull, false);
  for (let i = 0; i < 3; i++) one.post(i, 8_000_000);
  assertEquals([one.isFull, one.ping(), one.ping()], [true, 1, 2]);
  await waitFor(() => drained === 1);
  assertEquals([heard, one.isFull, one.ping()], [[0, 1, 2], false, 1]);
  one.post(3);
  one.close();
  one.post(4);
  await waitFor(() => heard.length === 4);
  other.close();
  assertEquals(heard, [0, 1, 2, 3]);
});
