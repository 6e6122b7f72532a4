import { assertEquals, assertRejects } from "@std/assert";
import { selectLoads } from "../../../bench/peers/loads.ts";
import { runRounds } from "../../../bench/peers/rounds.ts";
import { InvalidRunError } from "../../../bench/peers/results/sample.ts";
import { sample } from "./fixtures.ts";

const load = selectLoads(["churn"])[0]!;
const servers = ["a", "b", "c"].map((name) => ({ name, label: name.toUpperCase() }));

Deno.test("runRounds() lets the servers take turns", async () => {
  const order: string[] = [];
  const { samples, failures } = await runRounds(load, servers, 2, ({ name }) => {
    order.push(name);
    return Promise.resolve(sample({ cost: order.length }));
  });
  assertEquals(order, ["a", "b", "c", "a", "b", "c"]);
  assertEquals(samples.get("b")?.map(({ cost }) => cost), [2, 5]);
  assertEquals(failures, []);
});

Deno.test("runRounds() goes on without a server that fails", async () => {
  const order: string[] = [];
  const { samples, failures } = await runRounds(load, servers, 2, ({ name }) => {
    order.push(name);
    if (name === "b") return Promise.reject(new InvalidRunError("2 answers were wrong"));
    return Promise.resolve(sample());
  });
  assertEquals(order, ["a", "b", "c", "a", "c"]);
  assertEquals([...samples.keys()], ["a", "c"]);
  assertEquals(failures, ["B, churn: 2 answers were wrong"]);
});

Deno.test("runRounds() does not hide a mistake of the benchmark itself", async () => {
  await assertRejects(
    () => runRounds(load, servers, 1, () => Promise.reject(new TypeError("wrong"))),
    TypeError,
  );
});
