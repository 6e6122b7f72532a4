/** The chat server as its users meet it: a program with flags, a page, and JSON over WebSocket. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { JsonSocket } from "../support/json_socket.ts";
import { type Program, startProgram } from "../support/program.ts";

const main = "examples/chat/main.ts";

function startChat(...args: string[]): Promise<Program> {
  return startProgram(main, { args: ["--port", "0", ...args] });
}

function enter({ url }: Program, name: string): Promise<JsonSocket> {
  const { host } = url;
  const scheme = url.protocol === "https:" ? "wss" : "ws";
  return JsonSocket.open(`${scheme}://${host}/ws?name=${encodeURIComponent(name)}`);
}

/** Two guests in a room; nothing waits to be read. */
async function enterTwo(
  chat: Program,
): Promise<{ ada: JsonSocket; bob: JsonSocket; adaId: string }> {
  const ada = await enter(chat, "Ada");
  const { userId } = await ada.next();
  const bob = await enter(chat, "Bob");
  await bob.next();
  for (const guest of [ada, bob]) {
    guest.send({ type: "room:join", roomId: "deck" });
    await guest.next();
  }
  await ada.next();
  return { ada, bob, adaId: userId };
}

Deno.test("chat: guests meet, write, type and leave", async () => {
  await using chat = await startChat();
  await using ada = await enter(chat, "Ada");
  const welcome = await ada.next();
  assertEquals([welcome.type, welcome.name], ["welcome", "Ada"]);
  assertMatch(welcome.userId, /^guest-[0-9a-f]{32}$/);
  ada.send({ type: "room:join", roomId: "deck" });
  const joined = await ada.next();
  assertEquals([joined.type, joined.seq, joined.members.length], ["room:joined", 0, 1]);

  const bob = await enter(chat, "Bob");
  const { userId: bobId } = await bob.next();
  bob.send({ type: "room:join", roomId: "deck" });
  assertEquals((await bob.next()).members.length, 2);
  const bobInRoom = { userId: bobId, name: "Bob", roomId: "deck" };
  assertEquals(await ada.next(), { type: "user:joined", ...bobInRoom });

  bob.send({ type: "typing:start", roomId: "deck" });
  assertEquals(await ada.next(), { type: "user:typing", ...bobInRoom });
  bob.send({ type: "chat:message", roomId: "deck", content: "Hello" });
  const message = await ada.next();
  assertEquals([message.type, message.content, message.seq], ["chat:message", "Hello", 1]);
  assertEquals(await bob.next(), message);
  bob.send({ id: "a1", event: "message:send", data: { roomId: "deck", content: "Again" } });
  assertEquals((await bob.next()).type, "message:new");
  assertEquals(await bob.next(), { ack: "a1", data: { status: "ok" } });
  assertEquals((await ada.next()).seq, 2);

  await bob[Symbol.asyncDispose]();
  assertEquals(await ada.next(), { type: "user:left", ...bobInRoom });
});

Deno.test("chat: every mistake has its answer, and the connection stays open", async () => {
  await using chat = await startChat("--rate", "0");
  await using ada = await enter(chat, "Ada");
  await ada.next();
  const answers: [sent: string | object, code: string, message: string][] = [
    ["hello", "PARSE_ERROR", "Invalid JSON"],
    [{ text: "hi" }, "INVALID_MESSAGE", "Message must have a type field"],
    [new Uint8Array([1]), "INVALID_MESSAGE", "Message must be text"],
    [{ type: "disconnect" }, "INVALID_MESSAGE", "Event name is reserved"],
    [{ type: "nothing" }, "UNKNOWN_EVENT", "Unknown event: nothing"],
    [{ type: "chat:message", roomId: "deck", content: "x" }, "FORBIDDEN", "Not in this room"],
    [
      { type: "chat:message", roomId: "deck", content: "" },
      "INVALID_MESSAGE",
      "content: Must have 1 to 4000 characters",
    ],
  ];
  for (const [sent, code, message] of answers) {
    ada.send(sent);
    const about = typeof sent === "object" && "type" in sent ? { event: sent.type } : {};
    assertEquals(await ada.next(), { type: "error", code, message, ...about });
  }
  ada.send({ type: "room:join", roomId: "deck" });
  assertEquals((await ada.next()).type, "room:joined");
});

Deno.test("hostile 90: chat: --rate limits messages, and who goes on is closed with 1008", async () => {
  await using chat = await startChat("--rate", "1");
  await using ada = await enter(chat, "Ada");
  await ada.next();
  for (let i = 0; i < 40; i++) ada.send({ type: "nothing" });
  for (let i = 0; i < 2; i++) assertEquals((await ada.next()).code, "UNKNOWN_EVENT");
  const { retryAfter, ...limited } = await ada.next();
  assert(retryAfter > 0 && retryAfter <= 1);
  assertEquals(limited, {
    type: "error",
    code: "RATE_LIMITED",
    message: "Rate limit exceeded",
    event: "nothing",
  });
  assertEquals(await ada.closed, { code: 1008, reason: "Rate limit exceeded" });
});

Deno.test("chat: messages arrive in order under load", async () => {
  await using chat = await startChat("--rate", "0", "--compress");
  const { ada, bob, adaId } = await enterTwo(chat);
  await using _ada = ada;
  await using _bob = bob;
  const count = 1_000;
  for (let i = 0; i < count; i++) {
    ada.send({ type: "chat:message", roomId: "deck", content: `${i}` });
  }
  for (let i = 0; i < count; i++) {
    const { userId, seq, content } = await bob.next();
    assertEquals([userId, seq, content], [adaId, i + 1, `${i}`]);
  }
});

Deno.test("chat: serves the page, its files and its health", async () => {
  await using chat = await startChat();
  const page = await fetch(chat.url);
  assertEquals(page.status, 200);
  assertStringIncludes(page.headers.get("content-security-policy") ?? "", "default-src 'none'");
  assertStringIncludes(await page.text(), "<!DOCTYPE html>");
  const health = await fetch(new URL("/healthz", chat.url));
  assertEquals([health.status, await health.text()], [200, "ok"]);
  const missing = await fetch(new URL("/nothing", chat.url));
  assertEquals([missing.status, await missing.text()], [404, "Not found\n"]);
  const posted = await fetch(chat.url, { method: "POST", body: "x" });
  assertEquals([posted.status, await posted.text()], [405, "Method not allowed\n"]);
});

Deno.test("hostile 28: chat: a page from elsewhere cannot connect unless --origin names it", async () => {
  async function upgrade(chat: Program, origin: string): Promise<number> {
    await using conn = await connectTcp(chat.url);
    const lines = [
      "GET /ws HTTP/1.1",
      `Host: ${chat.url.host}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
      `Origin: ${origin}`,
    ];
    await conn.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
    const buffer = new Uint8Array(1_024);
    const size = await conn.read(buffer) ?? 0;
    return Number(new TextDecoder().decode(buffer.subarray(0, size)).split(" ")[1]);
  }
  await using own = await startChat();
  assertEquals(await upgrade(own, own.url.origin), 101);
  assertEquals(await upgrade(own, "https://evil.example"), 403);
  await using open = await startChat("--origin", "https://a.example", "--origin=https://b.example");
  assertEquals(await upgrade(open, "https://b.example"), 101);
  assertEquals(await upgrade(open, "https://c.example"), 403);
});

async function connectTcp(url: URL): Promise<Deno.TcpConn & AsyncDisposable> {
  const conn = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  return Object.assign(conn, {
    [Symbol.asyncDispose](): Promise<void> {
      conn.close();
      return Promise.resolve();
    },
  });
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name: `hostile 121: chat: ${signal}, twice, closes with 1012 and ends with 0`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using chat = await startChat();
      await using ada = await enter(chat, "Ada");
      await ada.next();
      chat.signal(signal);
      assertEquals(await ada.closed, { code: 1012, reason: "Server shutting down" });
      try {
        chat.signal(signal);
      } catch (error) {
        assert(error instanceof TypeError); // it has ended before
      }
      assertEquals((await chat.ended()).code, 0);
    },
  });
}

Deno.test("chat: other paths do not upgrade", async () => {
  await using chat = await startChat();
  await assertRejects(() => JsonSocket.open(`ws://${chat.url.host}/elsewhere`), Error, "elsewhere");
});

Deno.test("hostile 191: chat: a message that is longer than any of a chat is not read", async () => {
  await using chat = await startChat();
  await using ada = await enter(chat, "Ada");
  ada.send({ type: "room:join", roomId: "deck" });
  while ((await ada.next()).type !== "room:joined");
  const content = "\\ud83d\\ude00".repeat(2_000); // as long as 4,000 characters can be written
  ada.send(`{"type":"chat:message","roomId":"deck","content":"${content}"}`);
  assertEquals((await ada.next()).content, "\u{1f600}".repeat(2_000));
  ada.send("[".repeat(65_537));
  assertEquals((await ada.closed).code, 1009);
});
