import { assertEquals, assertRejects } from "@std/assert";
import { serve } from "@hawser/ws";
import { Line, LostError } from "../../../../bench/peers/features/talker.ts";

const local = { port: 0, hostname: "127.0.0.1" } as const;

/** Connects to a server that sends back what it is told. */
async function openEcho(take: (text: string, line: Line) => void) {
  const server = serve(local, (connection) => {
    connection.on("message", (data) => void connection.send(data));
  });
  const line = await Line.open(`ws://127.0.0.1:${server.addr.port}/`, take);
  return { server, line };
}

Deno.test("Line.ask() gets the answer of its number", async () => {
  const { server, line } = await openEcho((text, line) => line.answer(Number(text), text));
  const answers = await Promise.all([line.ask((id) => `${id}`), line.ask((id) => `${id}`)]);
  assertEquals(answers, ["1", "2"]);
  line[Symbol.dispose]();
  await server.shutdown();
});

Deno.test("Line.ask() rejects at a refusal and at the end", async () => {
  const { server, line } = await openEcho((text, line) => {
    if (text === "1") line.refuse(1, "No");
  });
  await assertRejects(() => line.ask((id) => `${id}`), LostError, "No");
  const pending = line.ask((id) => `${id}`);
  const lost = assertRejects(() => pending, LostError, "1012");
  await server.shutdown();
  await lost;
});

Deno.test("Line.open() rejects where the server refuses", async () => {
  await using server = serve(
    { ...local, upgrade: () => new Response(null, { status: 401 }) },
    () => {},
  );
  await assertRejects(() => Line.open(`ws://127.0.0.1:${server.addr.port}/`, () => {}), LostError);
});
