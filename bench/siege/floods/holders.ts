/** Floods that send little, and make the server hold what they have sent. */

import type { RawSocket } from "../../peers/raw_socket.ts";
import { clientFrame } from "../../peers/raw_socket.ts";
import { repeat } from "./bytes.ts";
import { type Attack, type Flood, pause } from "./flood.ts";

const pongs = repeat(clientFrame(10, Uint8Array.of(0x61)), 1_400).bytes;
const almostAMegabyte = clientFrame(2, new Uint8Array(2 ** 20)).subarray(0, -1);

/** Fields of 15 KiB together, below the usual limit of 16. */
const longFields = Array.from({ length: 4 }, (_, i) => [`x${i}`, "a".repeat(3_800)] as const);

/** Floods of connections that are opened, sent something once, and held. */
export const holderFloods: readonly Flood[] = [
  {
    ...common("idle", "connections that do nothing, and answer no ping", 1_000),
    run: (attack) => holdMany(attack, 1_000, () => attack.open()),
  },
  {
    ...common("idle-pongs", "connections that send 10 KiB of pongs, and then nothing", 500),
    run: (attack) => holdMany(attack, 500, () => openAndSend(attack, pongs)),
  },
  {
    ...common("idle-heads", "connections whose head had 15 KiB, and that then do nothing", 500),
    run: (attack) => holdMany(attack, 500, () => attack.open({ headers: longFields })),
  },
  {
    ...common("unfinished-messages", "messages of 1 MiB of which the last byte is missing", 300),
    run: (attack) => holdMany(attack, 300, () => openAndSend(attack, almostAMegabyte)),
  },
];

function common(name: string, title: string, connections: number): Omit<Flood, "run"> {
  return { name, title, against: ["echo", "deflate", "chat"], comparable: true, connections };
}

async function openAndSend(attack: Attack, bytes: Uint8Array): Promise<RawSocket> {
  const socket = await attack.open();
  await socket.send(bytes);
  return socket;
}

/** Opens connections, a few at a time, and holds them; one that is thrown out comes back. */
async function holdMany(
  attack: Attack,
  connections: number,
  open: () => Promise<RawSocket>,
): Promise<void> {
  await attack.from(connections, async (index) => {
    // One after another: what is held is the flood, and no storm of connects.
    await pause(index);
    using socket = await open();
    attack.units++;
    await socket.count();
    throw new Error("The server has thrown it out");
  });
}
