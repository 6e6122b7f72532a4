/** Floods of frames: what any WebSocket server can be sent without an extension. */

import { clientFrame } from "../../peers/raw_socket.ts";
import type { Kind } from "../dialects.ts";
import { join, repeat, type Repeated } from "./bytes.ts";
import { type Attack, few, type Flood } from "./flood.ts";

const Opcode = { Continuation: 0, Text: 1, Binary: 2, Ping: 9, Pong: 10 } as const;

const against: readonly Kind[] = ["echo", "deflate", "chat"];
const nothing = new Uint8Array(0);
const letter = Uint8Array.of(0x61);
const megabyte = new Uint8Array(2 ** 20).fill(0x61);

/** A text of 16,000 fragments: as many as a server may well allow. */
const fragments: Repeated = repeat(join([
  clientFrame(Opcode.Text, letter, false),
  repeat(clientFrame(Opcode.Continuation, letter, false), 7_000).bytes,
  clientFrame(Opcode.Continuation, letter),
]));

/** Floods of frames. */
export const frameFloods: readonly Flood[] = [
  pouring("pings", "pings without pause", repeat(clientFrame(Opcode.Ping, letter))),
  pouring("pongs", "pongs that nobody asked for", repeat(clientFrame(Opcode.Pong, letter))),
  pouring("empty-texts", "empty texts", repeat(clientFrame(Opcode.Text, nothing))),
  pouring("small-texts", "texts of one byte", repeat(clientFrame(Opcode.Text, letter))),
  pouring("large-texts", "texts of 1 MiB", repeat(clientFrame(Opcode.Text, megabyte), 1)),
  pouring("fragments", "texts of 7,000 fragments of one byte", fragments),
  pouring(
    "endless-fragments",
    "empty fragments without end",
    repeat(clientFrame(Opcode.Text, nothing, false), 1),
    repeat(clientFrame(Opcode.Continuation, nothing, false)),
  ),
  {
    ...common("pings-unread", "pings without pause, and nothing is read"),
    run: (attack) => pourUnread(attack, repeat(clientFrame(Opcode.Ping, letter))),
  },
  {
    ...common("texts-unread", "texts of 1 KiB without pause, and nothing is read"),
    run: (attack) => pourUnread(attack, repeat(clientFrame(Opcode.Text, megabyte.slice(0, 1_024)))),
  },
  {
    ...common("byte-writes", "a text of 1 MiB, each byte in a write of its own"),
    run: (attack) => attack.from(few, () => writeBytes(attack)),
  },
];

function common(name: string, title: string): Omit<Flood, "run"> {
  return { name, title, against, comparable: true, connections: few };
}

function pouring(name: string, title: string, first: Repeated, then: Repeated = first): Flood {
  return {
    ...common(name, title),
    run: (attack) =>
      attack.from(few, async () => {
        using socket = await attack.open();
        if (then !== first) await socket.send(first.bytes);
        await attack.pour(socket, then.bytes, then.times);
      }),
  };
}

/** A server that does not read on stops it; one that ends the connection is met again. */
function pourUnread(attack: Attack, { bytes, times }: Repeated): Promise<void> {
  return attack.from(few, async () => {
    using socket = await attack.open();
    for (;;) {
      await socket.send(bytes);
      attack.units += times;
    }
  });
}

async function writeBytes(attack: Attack): Promise<void> {
  using socket = await attack.open();
  socket.count().catch(() => {});
  const frame = clientFrame(Opcode.Text, megabyte);
  for (let at = 0; at < frame.length; at++) {
    await socket.send(frame.subarray(at, at + 1));
    attack.units++;
  }
}
