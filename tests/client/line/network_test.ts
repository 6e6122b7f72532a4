import { assert, assertEquals } from "@std/assert";
import { systemNetwork } from "../../../client/line/network.ts";

Deno.test("systemNetwork is there outside browsers", () => {
  assert(systemNetwork.isOnline);
});

Deno.test("systemNetwork.listen() hears that the network is back, until told to stop", () => {
  const changes: string[] = [];
  const stop = systemNetwork.listen((change) => changes.push(change));
  dispatchEvent(new Event("online"));
  stop();
  dispatchEvent(new Event("online"));
  assertEquals(changes, ["online"]);
});
