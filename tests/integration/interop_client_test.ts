/** The protocol's client role with the servers of others: npm ws, Python's websockets. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { WebSocketServer } from "ws";
import { HandshakeError } from "../../protocol/errors.ts";
import type { DeflateOptions } from "../../protocol/deflate_options.ts";
import { utf8 } from "../support/bytes.ts";
import { connect, type TestClient } from "../support/client.ts";
import { exchange } from "../support/interop.ts";
import { optional, programPath } from "../support/optional.ts";
import { waitFor } from "../support/wait.ts";

/** The offers of the client. */
const modes: Record<string, DeflateOptions | undefined> = {
  "without compression": undefined,
  "with compression": {},
  "with context takeover": { serverNoContextTakeover: false, clientNoContextTakeover: false },
  "with small windows": { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
};

/** A server of another implementation that echoes, and obeys "close" and "fragment". */
interface OtherServer extends AsyncDisposable {
  readonly url: string;
}

/** The connections of npm `ws` that these tests use. */
interface NpmConnection {
  on(name: "message", handler: (data: Uint8Array, isBinary: boolean) => void): void;
  send(data: string | Uint8Array, options?: { binary?: boolean; fin?: boolean }): void;
  close(code: number, reason: string): void;
}

async function startNpm(): Promise<OtherServer> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    perMessageDeflate: true,
    maxPayload: 2 ** 21,
  });
  server.on("connection", (connection: NpmConnection) => {
    connection.on("message", (data, binary) => {
      const text = binary ? undefined : new TextDecoder().decode(data);
      if (text === "close") return connection.close(4001, "because");
      if (text !== "fragment") return connection.send(data, { binary });
      for (const part of ["frag", "men", ""]) connection.send(part, { fin: false });
      connection.send("ted");
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `ws://127.0.0.1:${server.address().port}/`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function startPython(compression: "none" | "deflate" = "deflate"): Promise<OtherServer> {
  const script = new URL("../support/websockets_peer.py", import.meta.url).pathname;
  const args = [script, "server", compression];
  const child = new Deno.Command(programPath("python"), { args, stdin: "piped", stdout: "piped" })
    .spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: port } = await reader.read();
  return {
    url: `ws://127.0.0.1:${Number(port)}/`,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}

const servers = {
  "npm ws": { start: startNpm, ignore: false },
  "Python's websockets": { start: startPython, ...optional("python") },
};

/** A client of ours as the exchange wants it. */
function asInteropClient(client: TestClient): Parameters<typeof exchange>[0] {
  return {
    send: (data) => client.send(data),
    next: () => client.next(),
    close: (code, reason) => void client.close(code, reason),
    closed: client.closed,
    extensions: client.extensions.map(({ name }) => name).join(),
  };
}

for (const [name, { start, ignore }] of Object.entries(servers)) {
  for (const [mode, deflate] of Object.entries(modes)) {
    Deno.test({
      name: `our client and ${name} as its server, ${mode}`,
      ignore,
      async fn() {
        await using server = await start();
        const client = await connect(server.url, { deflate });
        assertEquals(client.extensions.length, deflate === undefined ? 0 : 1);
        await exchange(asInteropClient(client));
        client.send("fragment");
        assertEquals(await client.next(), "fragmented");
        client.ping(utf8("are you there?"));
        await waitFor(() => client.pongs.length === 1);
        assertEquals(client.pongs, [utf8("are you there?")]);
        const closed = await client.close(4000, "bye");
        assertEquals([closed.code, closed.wasClean], [4000, true]);
      },
    });
  }

  Deno.test({
    name: `our client is closed by ${name}, with code and reason`,
    ignore,
    async fn() {
      await using server = await start();
      const client = await connect(server.url);
      client.send("close");
      assertEquals(await client.closed, { code: 4001, reason: "because", wasClean: true });
      assertEquals(await client.next(), undefined);
    },
  });

  Deno.test({
    name: `our client refuses a message over its limit from ${name}`,
    ignore,
    async fn() {
      await using server = await start();
      const client = await connect(server.url, { deflate: {}, maxMessageSize: 1_000 });
      client.send("x".repeat(1_001));
      assertEquals((await client.closed).code, 1009);
    },
  });
}

Deno.test({
  name: "our client does without compression that Python's websockets declines",
  ...optional("python"),
  async fn() {
    await using server = await startPython("none");
    const client = await connect(server.url, { deflate: {} });
    assertEquals(client.extensions, []);
    client.send("x".repeat(1_000));
    assertEquals(await client.next(), "x".repeat(1_000));
    assert((await client.close(1000)).wasClean);
  },
});

Deno.test("our client takes the subprotocol that npm ws chooses, and refuses a plain answer", async () => {
  await using server = await startNpm();
  const client = await connect(server.url, { protocols: ["v2", "v1"] });
  assertEquals(client.protocol, "v2");
  await client.close();
  await using plain = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("no WebSocket here"),
  );
  await assertRejects(
    () => connect(`ws://127.0.0.1:${plain.addr.port}/`),
    HandshakeError,
    "Status is 200",
  );
});
