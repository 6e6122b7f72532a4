/** Says what a turn of the event loop has let in, on the one port that it may use: `PORT`. */

// deno-lint-ignore-file no-console -- this is a program

import { LoopTurn } from "../../server/net/loop_turn.ts";

const address = { hostname: "127.0.0.1", port: Number(Deno.args[0]) };
const listener = Deno.listen(address);
const [reader, writer] = await Promise.all([listener.accept(), Deno.connect(address)]);
const loop = new LoopTurn();
let reads = 0;
const turns = 10;
for (let i = 0; i < turns; i++) {
  const read = reader.read(new Uint8Array(1)).then(() => reads++);
  await writer.write(new Uint8Array(1));
  await loop.next();
  if (reads <= i) console.log(`Turn ${i} did not let the socket in`);
  await read;
}
loop.close();
for (const resource of [listener, reader, writer]) resource.close();
console.log(`${reads} reads in ${turns} turns`);
