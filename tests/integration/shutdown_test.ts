/** How the chat server ends as a program: signals, peers that hang, and what others see meanwhile. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect } from "../support/client.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { type Program, startProgram } from "../support/program.ts";

function startChat(...args: string[]): Promise<Program> {
  return startProgram("examples/chat/main.ts", { args: ["--port", "0", ...args] });
}

function openTcp({ url }: Program): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: url.hostname, port: Number(url.port) });
}

function upgradeHead({ url }: Program): string {
  return headText("GET /ws HTTP/1.1", [["Host", url.host], ...upgradeFields.slice(1)]);
}

function write(conn: Deno.TcpConn, text: string): Promise<number> {
  return conn.write(new TextEncoder().encode(text));
}

/** Where there are no signals like these. */
const ignore = Deno.build.os === "windows";

Deno.test({
  name: "hostile 121: chat: SIGTERM ends in time and with 0 beside peers that hang, however often",
  ignore,
  async fn() {
    await using chat = await startChat("--shutdown-deadline", "400");
    // One never answers the Close frame, one never ends its head, one never begins.
    using stuck = await openTcp(chat);
    assertEquals((await new HttpClient(stuck).request(upgradeHead(chat))).status, 101);
    using slow = await openTcp(chat);
    await write(slow, upgradeHead(chat).slice(0, 40));
    using _silent = await openTcp(chat);
    const client = await connect(`ws://${chat.url.host}/ws`);
    const start = performance.now();
    chat.signal("SIGTERM");
    const { code, reason } = await client.closed;
    assertEquals([code, reason], [1012, "Server shutting down"]);
    chat.signal("SIGTERM");
    chat.signal("SIGTERM");
    const end = await chat.ended();
    assertEquals([end.code, end.stderr], [0, ""]);
    const elapsed = performance.now() - start;
    assert(elapsed > 300 && elapsed < 5_000, `${elapsed} ms`);
  },
});

Deno.test({
  name: "hostile 121: chat: a handshake that SIGTERM interrupts is answered with 503",
  ignore,
  async fn() {
    await using chat = await startChat();
    using conn = await openTcp(chat);
    const head = upgradeHead(chat);
    await write(conn, head.slice(0, 40));
    const client = await connect(`ws://${chat.url.host}/ws`);
    chat.signal("SIGTERM");
    assertEquals((await client.closed).code, 1012);
    assertEquals((await new HttpClient(conn).request(head.slice(40))).status, 503);
    assertEquals((await chat.ended()).code, 0);
  },
});

Deno.test({
  name: "chat: --shutdown-delay says 503 at /readyz first, and still accepts",
  ignore,
  async fn() {
    await using chat = await startChat("--shutdown-delay", "1000");
    const ready = async () => {
      const response = await fetch(new URL("/readyz", chat.url));
      await response.text();
      return response.status;
    };
    assertEquals(await ready(), 200);
    const early = await connect(`ws://${chat.url.host}/ws`);
    chat.signal("SIGTERM");
    let status = await ready();
    while (status === 200) status = await ready();
    assertEquals(status, 503);
    const late = await connect(`ws://${chat.url.host}/ws`);
    for (const client of [early, late]) assertEquals((await client.closed).code, 1012);
    assertEquals((await chat.ended()).code, 0);
    await assertRejects(() => connect(`ws://${chat.url.host}/ws`), Deno.errors.ConnectionRefused);
  },
});
