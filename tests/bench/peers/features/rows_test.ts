import { assertEquals } from "@std/assert";
import { fillCell, type Row, rows } from "../../../../bench/peers/features/rows.ts";
import { ours } from "./fixtures.ts";

const redis = rows.find(({ needs }) => needs === "cluster")!;

function answering(answer: string): Row {
  return { ...redis, probe: () => Promise.resolve(answer) };
}

Deno.test("fillCell() asks nobody who has no such thing", async () => {
  assertEquals(await fillCell(redis, ours()), "by hand");
});

Deno.test("fillCell() says how one comes by it", async () => {
  const servers = { cluster: "app" };
  assertEquals(await fillCell(answering("yes"), ours({ servers })), "yes");
  const optional = ["cluster"] as const;
  assertEquals(await fillCell(answering("yes"), ours({ servers, optional })), "option");
  const packaged = ["cluster"] as const;
  assertEquals(await fillCell(answering("yes"), ours({ servers, packaged })), "package");
  assertEquals(await fillCell(answering("no"), ours({ servers, packaged })), "no");
});
