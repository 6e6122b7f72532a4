/** Floods of compressed messages. */

import { offerDeflate } from "@hawser/ws/protocol";
import { repeat, type Repeated, utf8 } from "./bytes.ts";
import {
  compressedText,
  deflate,
  emptyDynamicBlock,
  emptyFixedBlock,
  packBlocks,
  packStoredBlocks,
} from "./deflate_blocks.ts";
import { type Attack, few, type Flood } from "./flood.ts";

/** Bytes of a message of blocks: near the largest that is allowed. */
const messageSize = 900_000;

function times(bitsOfBlock: number): number {
  return 8 * Math.floor(messageSize / bitsOfBlock);
}

/** Floods of compressed messages. Deno's own server has no compression. */
export const compressedFloods: readonly Flood[] = [
  flood(
    "stored-blocks",
    "180,000 empty stored blocks a message",
    () => repeat(compressedText(packStoredBlocks(messageSize / 5)), 1),
  ),
  flood(
    "fixed-blocks",
    "720,000 empty fixed blocks a message",
    () => repeat(compressedText(packBlocks(emptyFixedBlock, times(emptyFixedBlock.length))), 1),
  ),
  flood(
    "dynamic-blocks",
    "80,000 dynamic blocks without data a message",
    () => repeat(compressedText(packBlocks(emptyDynamicBlock, times(emptyDynamicBlock.length))), 1),
  ),
  flood(
    "bombs",
    "64 KB that inflate to 64 MiB",
    () => repeat(compressedText(deflate(new Uint8Array(2 ** 26).fill(0x61))), 1),
  ),
  flood(
    "compressed-texts",
    "compressed texts of 100 bytes",
    () => repeat(compressedText(deflate(utf8("Ahoy, is there anybody? ".repeat(5).slice(0, 100))))),
  ),
];

function flood(name: string, title: string, make: () => Repeated): Flood {
  return {
    name,
    title,
    against: ["deflate"],
    comparable: true,
    connections: few,
    run: (attack) => pour(attack, make()),
  };
}

function pour(attack: Attack, { bytes, times }: Repeated): Promise<void> {
  return attack.from(few, async () => {
    using socket = await attack.open({ extensions: [offerDeflate({})] });
    await attack.pour(socket, bytes, times);
  });
}
