/** An echo whose handler is slow, fails or keeps what it gets, as the text of a message asks. */

import { serve } from "@hawser/ws";
import { readFlags } from "../../examples/flags.ts";
import { listen, listenFlags } from "../../examples/listen.ts";

/** Milliseconds that a slow handler takes. */
const slowness = 5;

/** One of so many binary messages is kept: about one of each read. */
const keptOf = 3_000;

/** Messages that are kept at the same time. */
const most = 1_000;

const flags = readFlags("Echoes, slowly, not at all, or after keeping the message.", listenFlags);
const kept: Uint8Array[] = [];
let count = 0;

await listen(flags, (address) =>
  serve({ ...address, onError: () => {} }, (connection) => {
    connection.on("message", async (data) => {
      if (typeof data !== "string") {
        if (++count % keptOf === 0) kept[count / keptOf % most] = data;
        return;
      }
      if (data === "fail") throw new Error("A handler that fails");
      if (data === "slow") await new Promise((resolve) => setTimeout(resolve, slowness));
      connection.send(data);
    });
  }));
