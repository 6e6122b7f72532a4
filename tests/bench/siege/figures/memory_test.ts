import { assert, assertEquals } from "@std/assert";
import { memoryLimit, terms } from "../../../../bench/siege/figures/memory.ts";

const page = await Deno.readTextFile(new URL("../../../../SECURITY.md", import.meta.url));
const mebibyte = 2 ** 20;

Deno.test("the terms of the memory formula are those of SECURITY.md", () => {
  const formula = /^connections x .*?^```$/ms.exec(page)?.[0] ?? "";
  const sizes = [...formula.matchAll(/(\d+) ([KM])iB/g)].map(([, number, unit]) =>
    Number(number) * (unit === "K" ? 2 ** 10 : mebibyte)
  );
  assertEquals(sizes, [
    terms.connection,
    terms.client,
    terms.membership,
    terms.membership,
    terms.remembered,
    terms.garbage,
  ]);
});

Deno.test("the bounds of the memory formula are the defaults of the options", () => {
  const defaultOf = (name: string) =>
    new RegExp(`^\\| \`${RegExp.escape(name)}\`\\s*\\|[^|]*\\| (\\d+) MiB`, "m").exec(page)?.[1];
  assertEquals(defaultOf("memoryBudget"), String(terms.budget / mebibyte));
  assertEquals(defaultOf("rooms.history.maxBytes"), String(terms.history / mebibyte));
});

Deno.test("memoryLimit() allows no more than the budget, however many connections there are", () => {
  const at = (connections: number) =>
    memoryLimit({ flood: { connections }, kind: "echo", clients: 50, before: 60 * mebibyte });
  assert(at(4) < at(300));
  assertEquals(at(1_300) - at(300), 1_000 * terms.connection);
});
