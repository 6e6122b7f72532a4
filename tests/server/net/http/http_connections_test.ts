/** The HTTP connections of a server: those that have not ended and are not upgraded. */

import { assertEquals } from "@std/assert";
import { HttpConnections } from "../../../../server/net/http/http_connections.ts";

/** A connection that notes what is done to it, and is served until it is let go. */
function setUp(connections: HttpConnections, name: string, trace: string[]) {
  const served = Promise.withResolvers<void>();
  const connection = {
    shutdown: () => void trace.push(`${name} shut down`),
    terminate: () => void trace.push(`${name} terminated`),
  };
  const held = connections.hold(connection, () => served.promise);
  return { end: () => (served.resolve(), held) };
}

Deno.test("HttpConnections tells those that are served, and no others, to end", async () => {
  const connections = new HttpConnections();
  const trace: string[] = [];
  const one = setUp(connections, "one", trace);
  const two = setUp(connections, "two", trace);
  connections.shutdown();
  await one.end();
  connections.terminate();
  assertEquals(trace, ["one shut down", "two shut down", "two terminated"]);
  await two.end();
  assertEquals(connections.size, 0);
});

Deno.test("HttpConnections.ended() waits for the last, and for none where there are none", async () => {
  const connections = new HttpConnections();
  await connections.ended();
  const trace: string[] = [];
  const one = setUp(connections, "one", trace);
  const two = setUp(connections, "two", trace);
  const ended = connections.ended().then(() => trace.push("ended"));
  await one.end();
  assertEquals(trace, []);
  await two.end();
  await ended;
  assertEquals(trace, ["ended"]);
});
