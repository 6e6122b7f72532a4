/** Floods of what handlers make dear: slow ones, those that fail, and those that keep messages. */

import { clientFrame } from "../../peers/raw_socket.ts";
import { repeat, type Repeated, utf8 } from "./bytes.ts";
import { few, type Flood } from "./flood.ts";

/** Floods of an application's handlers. */
export const handlerFloods: readonly Flood[] = [
  flood("slow-handler", "texts whose handler takes 5 ms", repeat(clientFrame(1, utf8("slow")))),
  flood("failing-handler", "texts whose handler throws", repeat(clientFrame(1, utf8("fail")))),
  flood(
    "kept-messages",
    "messages of 16 bytes, of which the application keeps one of each read",
    repeat(clientFrame(2, new Uint8Array(16))),
  ),
];

function flood(name: string, title: string, { bytes, times }: Repeated): Flood {
  return {
    name,
    title,
    against: ["handlers"],
    comparable: false,
    connections: few,
    run: (attack) =>
      attack.from(few, async () => {
        using socket = await attack.open();
        await attack.pour(socket, bytes, times);
      }),
  };
}
