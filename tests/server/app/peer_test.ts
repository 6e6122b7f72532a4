/** The internal interface of an application. */

import { assertEquals } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import { acceptor } from "../../../server/app/peer.ts";

Deno.test("acceptor finds what serves an application, which shows no method that is for wires", () => {
  const app = new App();
  const peers = app[acceptor];
  for (const name of ["accept", "admit", "hasNamespace", "connecting", "stats"]) {
    assertEquals([name in peers, name in app], [true, false], name);
  }
});
