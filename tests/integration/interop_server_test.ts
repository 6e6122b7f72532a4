/** Our server with the clients of others: Deno, npm ws, Python's websockets. */

import { assert, assertEquals } from "@std/assert";
import type { CompressOptions } from "../../server/options.ts";
import type { Connection } from "../../server/types.ts";
import { utf8 } from "../support/bytes.ts";
import { EchoServer } from "../support/echo.ts";
import { connectDeno, connectNpm, exchange, type InteropClient } from "../support/interop.ts";
import { optional, programPath } from "../support/optional.ts";
import { waitFor } from "../support/wait.ts";

const clients: Record<string, (url: string, compress: boolean) => Promise<InteropClient>> = {
  "Deno's WebSocket": connectDeno,
  "npm ws": connectNpm,
};

/** How the server compresses. */
const modes: Record<string, boolean | CompressOptions> = {
  "without compression": false,
  "with compression": true,
  "with context takeover": { serverNoContextTakeover: false, clientNoContextTakeover: false },
};

for (const [name, connect] of Object.entries(clients)) {
  for (const [mode, compress] of Object.entries(modes)) {
    const how = `${name}, ${mode}`;
    // Deno's client offers no compression.
    const offers = compress !== false && name !== "Deno's WebSocket";

    Deno.test(`our server echoes every kind of message to ${how}`, async () => {
      await using server = new EchoServer({ compress });
      const client = await connect(server.url(), offers);
      assertEquals(client.extensions.startsWith("permessage-deflate"), offers);
      await exchange(client);
      client.close(4000, "bye");
      assertEquals((await client.closed).code, 4000);
      assertEquals(server.closes, [{ code: 4000, reason: "bye", wasClean: true }]);
    });

    Deno.test(`our server closes ${how}, with code and reason`, async () => {
      await using server = new EchoServer({ compress });
      for (const [code, reason] of [[1000, ""], [1012, "restart"], [4999, "é👋"]] as const) {
        const client = await connect(server.url(), offers);
        server.opened.at(-1)!.close(code, reason);
        const { code: seenCode, reason: seenReason } = await client.closed;
        assertEquals([seenCode, seenReason], [code, reason]);
        await waitFor(() => server.closes.at(-1)?.code === code);
        assertEquals(server.closes.at(-1)!.wasClean, true);
      }
    });

    Deno.test(`our server refuses a message over the limit of ${how}`, async () => {
      await using server = new EchoServer({ compress, maxMessageSize: 1_000 });
      const client = await connect(server.url(), offers);
      client.send("x".repeat(1_000));
      assertEquals(await client.next(), "x".repeat(1_000));
      client.send("x".repeat(1_001));
      assertEquals((await client.closed).code, 1009);
      assertEquals(server.closes.map((close) => close.code), [1009]);
    });

    Deno.test(`our server pings ${how}, which answers`, async () => {
      await using server = new EchoServer({ compress });
      const client = await connect(server.url(), offers);
      const pongs: Uint8Array[] = [];
      server.opened[0]!.on("pong", (data) => void pongs.push(data));
      server.opened[0]!.ping(utf8("are you there?"));
      await waitFor(() => pongs.length === 1);
      assertEquals(pongs, [utf8("are you there?")]);
      client.close(1000, "");
      await client.closed;
    });
  }
}

for (const compress of [false, true]) {
  Deno.test(`our server joins fragments and answers pings of npm ws, compression ${compress}`, async () => {
    await using server = new EchoServer({ compress: compress && { threshold: 0 } });
    const client = await connectNpm(server.url(), compress);
    client.sendFragments(["frag", "men", "", "ted"]);
    assertEquals(await client.next(), "fragmented");
    assertEquals(await client.ping("payload"), "payload");
    client.close(1000, "");
    await client.closed;
  });
}

Deno.test("our server ends TCP for a client that waits for it", async () => {
  // npm ws waits up to 30 s for the server to end TCP after both Close frames; so do browsers.
  await using server = new EchoServer();
  const client = await connectNpm(server.url(), false);
  const start = performance.now();
  server.opened[0]!.close(1000);
  await client.closed;
  assert(performance.now() - start < 20_000);
});

// ----- Python -----

/** Closes where the peer asks for it by text: "close 4001 because". */
function closeOnDemand(connection: Connection): void {
  connection.on("message", (data) => {
    const match = /^close (\d+) (.*)$/.exec(typeof data === "string" ? data : "");
    if (match !== null) connection.close(Number(match[1]), match[2]);
  });
}

for (const [mode, compress] of Object.entries(modes)) {
  Deno.test({
    name: `our server and Python's websockets as its client, ${mode}`,
    ...optional("python"),
    async fn() {
      await using server = new EchoServer({ compress }, closeOnDemand);
      const script = new URL("../support/websockets_peer.py", import.meta.url).pathname;
      const args = [script, "client", server.url(), compress !== false ? "deflate" : "none"];
      const { success, stdout, stderr } = await new Deno.Command(programPath("python"), { args })
        .output();
      const decoder = new TextDecoder();
      assert(success, decoder.decode(stderr));
      const { extensions, ...outcome } = JSON.parse(decoder.decode(stdout));
      assertEquals(outcome, {
        "echoes": [true, true, true, true, true, true],
        "fragmented": "fragmented",
        "ponged": true,
        "closed": [4000, "bye"],
        "closed by server": [4001, "because"],
        "too big": [1009, "Message is larger than 1048576 bytes"],
      });
      assertEquals(extensions.length, compress !== false ? 1 : 0);
      assertEquals(server.closes.map((close) => close.code), [4000, 4001, 1009]);
    },
  });
}
