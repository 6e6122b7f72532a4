/** Whole turns of the event loop: what gets in between, permissions, and what is left behind. */

import { assertEquals } from "@std/assert";
import { LoopTurn } from "../../../server/net/loop_turn.ts";
import { runProgram } from "../../support/program.ts";

/** A pair of connected sockets. */
async function connectedPair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  return await Promise.all([listener.accept(), Deno.connect({ hostname: "127.0.0.1", port })]);
}

Deno.test("LoopTurn.next() resolves after sockets that were ready, and timers that were due", async () => {
  const [reader, writer] = await connectedPair();
  const loop = new LoopTurn();
  await loop.next();
  const log: string[] = [];
  for (let i = 0; i < 20; i++) {
    const read = reader.read(new Uint8Array(1)).then(() => log.push("socket"));
    setTimeout(() => log.push("timer"), 0);
    await writer.write(new Uint8Array(1));
    for (const end = performance.now() + 5; performance.now() < end;);
    await loop.next();
    assertEquals(log.splice(0).toSorted(), ["socket", "timer"]);
    await read;
  }
  loop.close();
  reader.close();
  writer.close();
});

Deno.test("LoopTurn.next() tells of a turn before the readers of what came behind its byte", async () => {
  const [reader, writer] = await connectedPair();
  const loop = new LoopTurn();
  await loop.next();
  const log: string[] = [];
  for (let i = 0; i < 20; i++) {
    const turn = loop.next(() => void log.push("turn"));
    const read = reader.read(new Uint8Array(1)).then(() => log.push("socket"));
    await writer.write(new Uint8Array(1));
    for (const end = performance.now() + 2; performance.now() < end;); // both have come
    await Promise.all([turn, read]);
    assertEquals(log.splice(0), ["turn", "socket"]);
  }
  loop.close();
  reader.close();
  writer.close();
});

Deno.test("LoopTurn.close() ends a turn that is awaited, and leaves nothing behind", async () => {
  const loops = [new LoopTurn(), new LoopTurn()];
  await loops[0]!.next();
  const turns = loops.map((loop) => loop.next());
  for (const loop of loops) loop.close();
  await Promise.all(turns);
  await Promise.all(loops.map((loop) => loop.next()));
});

Deno.test("LoopTurn opens nothing before it is used", () => {
  new LoopTurn().close();
});

Deno.test("LoopTurn makes do with timers where it may use one port only", async () => {
  const port = freePort();
  const { stdout, stderr, code } = await runProgram("tests/support/loop_turn_program.ts", {
    args: [String(port)],
    permissions: [`--allow-net=127.0.0.1:${port}`],
  });
  assertEquals([stdout, stderr, code], ["10 reads in 10 turns\n", "", 0]);
});

/** A port that nobody uses at present. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
