/** Floods of connections that come and go. */

import { type Attack, few, type Flood } from "./flood.ts";
import type { Kind } from "../dialects.ts";
import { Resetter } from "./resetter.ts";

const against: readonly Kind[] = ["echo", "deflate", "chat"];

/** Connections that are reset within a turn of our own event loop. */
const volley = 16;

/** Clients that come back at the same moment. */
const manyAtOnce = 300;

/** Floods of connections. */
export const connectFloods: readonly Flood[] = [
  {
    name: "resets",
    title: "connections that are reset before they are accepted",
    against,
    comparable: true,
    connections: volley,
    async run(attack) {
      using resetter = new Resetter(attack.port);
      for (;;) {
        for (let i = 0; i < volley; i++) resetter.connectAndReset();
        attack.units += volley;
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
  },
  {
    name: "connects",
    title: "connections that end without a byte",
    against,
    comparable: true,
    connections: few,
    run: (attack) =>
      attack.from(few, async () => {
        using _socket = await attack.connect();
        attack.units++;
      }),
  },
  {
    name: "handshakes",
    title: "WebSockets that are opened and dropped",
    against,
    comparable: true,
    connections: few,
    run: (attack) => attack.from(few, () => openAndDrop(attack)),
  },
  {
    name: "storm",
    title: "300 WebSockets at once that are opened and dropped, over and over",
    against,
    comparable: true,
    connections: manyAtOnce,
    run: (attack) => attack.from(manyAtOnce, () => openAndDrop(attack)),
  },
];

async function openAndDrop(attack: Attack): Promise<void> {
  using _socket = await attack.open();
  attack.units++;
}
