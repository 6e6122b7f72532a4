/** Messages among the nodes themselves: servers that tell one another something. */

import { assertEquals, assertThrows } from "@std/assert";
import { settle, twoNodes } from "../../../support/two_nodes.ts";

Deno.test("Nodes.emit() reaches the other nodes, in order, and not itself", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const heard: unknown[] = [];
  for (const { app } of [one, two]) {
    app.nodes.on("changed", (data, from) => void heard.push([app.nodes.self, data, from]));
  }
  const bytes = new Uint8Array([1, 2]);
  one.app.nodes.emit("changed", { key: "a", bytes });
  one.app.nodes.emit("changed");
  one.app.nodes.emit("unheard", 5);
  await settle();
  const [from, to] = [one.app.nodes.self, two.app.nodes.self];
  assertEquals(heard, [[to, { key: "a", bytes }, from], [to, undefined, from]]);
});

Deno.test("Nodes.list() names the living nodes, this one first", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const names = () => two.app.nodes.list().map(({ node }) => node);
  assertEquals(names(), [two.app.nodes.self, one.app.nodes.self]);
  await one.app[Symbol.asyncDispose]();
  assertEquals(names(), [two.app.nodes.self]);
});

Deno.test("Nodes.on() reports handlers that fail, and takes one for each event", async () => {
  await using nodes = twoNodes();
  const { one, two } = nodes;
  const failures = [new Error("thrown"), new Error("rejected")];
  two.app.nodes.on("throw", () => {
    throw failures[0];
  });
  two.app.nodes.on("reject", () => Promise.reject(failures[1]));
  one.app.nodes.emit("throw");
  one.app.nodes.emit("reject");
  await settle();
  assertEquals(two.errors, failures);
  assertThrows(() => two.app.nodes.on("throw", () => {}), TypeError, "already");
  two.app.nodes.off("throw");
  two.app.nodes.on("throw", () => {});
  assertThrows(() => two.app.nodes.emit(""), TypeError, "name");
  assertThrows(() => two.app.nodes.emit("changed", new Map()), TypeError, "Map");
});
