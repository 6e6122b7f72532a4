/** Signing in to the chat server, as its users meet it: a program, real sockets, tokens. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ClientError, connect as connectClient } from "@hawser/ws/client";
import { connect, type ConnectOptions, type TestClient } from "../support/client.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient, type RawResponse } from "../support/http_client.ts";
import { JsonSocket } from "../support/json_socket.ts";
import { type Program, startProgram } from "../support/program.ts";
import {
  claimsOf,
  encode,
  hmacToken,
  keyToken,
  nowInSeconds,
  rsaKeys,
  secret,
  tokenOf,
} from "../support/tokens.ts";

const main = "examples/chat/main.ts";

function startChat(...args: string[]): Promise<Program> {
  const env = { HAWSER_JWT_SECRET: secret };
  return startProgram(main, { args: ["--port", "0", ...args], env });
}

interface Asking {
  query?: string;
  headers?: Record<string, string>;
}

/** Asks for an upgrade that is expected to be refused. */
async function ask(chat: Program, { query = "", headers = {} }: Asking): Promise<RawResponse> {
  const conn = await Deno.connect({ hostname: chat.url.hostname, port: Number(chat.url.port) });
  try {
    const fields = [...upgradeFields, ...Object.entries(headers)];
    return await new HttpClient(conn).request(headText(`GET /ws${query} HTTP/1.1`, fields));
  } finally {
    conn.close();
  }
}

function open({ url }: Program, query = ""): Promise<JsonSocket> {
  return JsonSocket.open(`ws://${url.host}/ws${query}`);
}

/** Opens a connection with fields or subprotocols that a browser could not send. */
function openRaw({ url }: Program, options: ConnectOptions): Promise<TestClient> {
  return connect(`ws://${url.host}/ws`, options);
}

async function nextJson(client: TestClient): Promise<Record<string, unknown>> {
  return JSON.parse(String(await client.next()));
}

async function assertStatus(
  chat: Program,
  asking: Asking,
  status: number,
  body: string,
): Promise<void> {
  const response = await ask(chat, asking);
  assertEquals([response.status, response.body], [status, body]);
}

/** Sends a first message, and tells how the connection ends. */
async function closeAfter(chat: Program, first: unknown): Promise<[number, string]> {
  const socket = await open(chat);
  assertEquals((await socket.next()).type, "welcome");
  socket.send(first);
  const { code, reason } = await socket.closed;
  return [code, reason];
}

// ----- The snippets of SEED.txt -----

Deno.test("SEED: Authentication on Connection (verifyClient, auth_ok)", async () => {
  await using chat = await startChat("--auth", "before");
  await assertStatus(chat, {}, 401, "Missing token");
  await assertStatus(chat, { query: "?token=" }, 401, "Missing token");
  await assertStatus(chat, { query: "?token=nonsense" }, 401, "Invalid token");
  const forged = hmacToken(claimsOf("ada"), { key: "another secret" });
  await assertStatus(chat, { query: `?token=${forged}` }, 401, "Invalid token");

  const claims = claimsOf("ada", { name: "Ada" });
  await using socket = await open(chat, `?token=${hmacToken(claims)}`);
  const welcome = await socket.next();
  assertEquals([welcome.type, welcome.userId, welcome.name], ["welcome", "ada", "Ada"]);
  assertEquals(await socket.next(), { type: "auth_ok", user: claims });
});

Deno.test("SEED: First-message auth (alternative)", async () => {
  await using chat = await startChat("--auth", "message");
  {
    await using socket = await open(chat);
    const welcome = await socket.next();
    assertEquals(Object.keys(welcome), ["type", "id", "rateLimit"]);
    socket.send({ type: "auth", token: tokenOf("ada") });
    assertEquals(await socket.next(), { type: "auth_ok" });
    socket.send({ type: "room:join", roomId: "deck" });
    const { type, members } = await socket.next();
    assertEquals([type, members[0].userId], ["room:joined", "ada"]);
  }
  const bad = { type: "auth", token: "jwt-string" };
  assertEquals(await closeAfter(chat, bad), [1008, "Authentication failed"]);
  const early = { type: "chat:message", roomId: "abc", content: "Hello" };
  assertEquals(await closeAfter(chat, early), [1008, "Not authenticated"]);
});

// ----- Modes and places -----

Deno.test("chat --auth either: takes a token before the upgrade or by the first message", async () => {
  await using chat = await startChat();
  await using before = await open(chat, `?token=${tokenOf("ada")}`);
  assertEquals([(await before.next()).type, (await before.next()).type], ["welcome", "auth_ok"]);
  await using later = await open(chat);
  await later.next();
  later.send({ type: "auth", token: tokenOf("bob") });
  assertEquals(await later.next(), { type: "auth_ok" });
  await assertStatus(chat, { query: "?token=" }, 401, "Missing token");
  await assertStatus(chat, { query: "?token=x" }, 401, "Invalid token");
});

Deno.test("chat --auth before: takes a token from Authorization and from a subprotocol", async () => {
  await using chat = await startChat("--auth", "before");
  const token = tokenOf("ada");
  const headers: [string, string][] = [["Authorization", `Bearer ${token}`]];
  const bearer = `bearer.${token}`;
  for (const options of [{ headers }, { protocols: [bearer] }]) {
    const client = await openRaw(chat, options);
    // Browsers fail a connection whose only subprotocol is not answered.
    assertEquals(client.protocol, "protocols" in options ? bearer : "");
    assertEquals((await nextJson(client)).userId, "ada");
    assertEquals((await nextJson(client)).type, "auth_ok");
    await client.close();
  }
  const bad = { "Sec-WebSocket-Protocol": "bearer.nonsense" };
  await assertStatus(chat, { headers: bad }, 401, "Invalid token");
  await assertStatus(chat, { headers: { Authorization: "Bearer" } }, 401, "Missing token");
  await assertStatus(chat, { headers: { Authorization: "Basic YTpi" } }, 401, "Missing token");
});

Deno.test("chat --jwks-url: verifies by the keys of a set", async () => {
  const { privateKey, jwk } = rsaKeys();
  const set = Response.json({ keys: [{ ...jwk, kid: "k1" }] });
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const server = Deno.serve(options, () => set.clone());
  try {
    const jwks = `http://127.0.0.1:${server.addr.port}/jwks.json`;
    const args = ["--port=0", "--jwks-url", jwks, "--auth=before"];
    await using chat = await startProgram(main, { args });
    const token = keyToken(claimsOf("ada"), privateKey, { alg: "RS256", kid: "k1" });
    await using socket = await open(chat, `?token=${token}`);
    assertEquals((await socket.next()).userId, "ada");
    await assertStatus(chat, { query: `?token=${tokenOf("eve")}` }, 401, "Invalid token");
  } finally {
    await server.shutdown();
  }
});

// ----- What must not get in -----

Deno.test("hostile 110: chat: algorithms, kid and jku are not for a token to choose", async () => {
  await using chat = await startChat("--auth", "before");
  const headers = [
    { alg: "none" },
    { alg: "None" },
    {},
    { alg: "RS256" },
    { alg: "HS256", kid: "../../../dev/null" },
    { alg: "HS256", jku: "http://127.0.0.1:1/" },
  ];
  for (const [index, header] of headers.entries()) {
    const token = hmacToken(claimsOf("eve"), { key: index < 4 ? secret : "", header });
    await assertStatus(chat, { query: `?token=${token}` }, 401, "Invalid token");
  }
});

Deno.test("hostile 111: chat: no token that is expired, early, endless, edited or of nobody", async () => {
  await using chat = await startChat("--auth", "before");
  const now = nowInSeconds();
  const good = tokenOf("ada");
  const [header, , signature] = good.split(".");
  const tokens = [
    tokenOf("eve", { exp: now - 5 }),
    tokenOf("eve", { nbf: now + 600 }),
    tokenOf("eve", { exp: undefined }),
    hmacToken({ exp: now + 60 }),
    hmacToken({ sub: "", exp: now + 60 }),
    `${header}.${encode(claimsOf("eve"))}.${signature}`,
  ];
  for (const token of tokens) {
    await assertStatus(chat, { query: `?token=${token}` }, 401, "Invalid token");
  }
});

Deno.test("hostile 111: chat: a token of 64 KB is too long for a request, and not read in a message", async () => {
  await using chat = await startChat();
  const token = tokenOf("ada", { padding: "x".repeat(48_000) });
  assertEquals((await ask(chat, { query: `?token=${token}` })).status, 414);
  assertEquals((await ask(chat, { headers: { Authorization: `Bearer ${token}` } })).status, 431);
  assertEquals(await closeAfter(chat, { type: "auth", token }), [1008, "Not authenticated"]);
});

Deno.test("hostile 111: chat: a token that expires closes its connection with 4401", async () => {
  await using chat = await startChat();
  const token = tokenOf("ada", { exp: nowInSeconds() + 2 });
  await using before = await open(chat, `?token=${token}`);
  await using renewed = await open(chat, `?token=${token}`);
  for (const socket of [before, renewed]) await socket.next().then(() => socket.next());
  renewed.send({ type: "auth", token: tokenOf("ada", { name: "Captain Ada" }) });
  assertEquals(await renewed.next(), { type: "auth_ok" });
  assertEquals(await before.closed, { code: 4401, reason: "token expired" });
  renewed.send({ type: "room:join", roomId: "deck" });
  assertEquals((await renewed.next()).members[0].name, "Captain Ada");
});

Deno.test("chat: a token of somebody else renews nothing", async () => {
  await using chat = await startChat();
  await using socket = await open(chat, `?token=${tokenOf("ada")}`);
  await socket.next().then(() => socket.next());
  socket.send({ type: "auth", token: tokenOf("bob") });
  assertEquals(await socket.closed, { code: 1008, reason: "Authentication failed" });
});

Deno.test("hostile 115: chat: nothing is dispatched before a client is known, however fast it comes", async () => {
  await using chat = await startChat();
  await using ada = await open(chat, `?token=${tokenOf("ada")}`);
  await ada.next().then(() => ada.next());
  ada.send({ type: "room:join", roomId: "deck" });
  assertEquals((await ada.next()).type, "room:joined");

  const eve = await open(chat);
  eve.send({ type: "room:join", roomId: "deck" });
  eve.send({ type: "auth", token: tokenOf("eve") });
  eve.send({ type: "chat:message", roomId: "deck", content: "boo" });
  assertEquals(await eve.closed, { code: 1008, reason: "Not authenticated" });

  // Messages behind a valid token wait for its verification, and keep their order.
  await using bob = await open(chat);
  bob.send({ type: "auth", token: tokenOf("bob") });
  bob.send({ type: "room:join", roomId: "deck" });
  const types = [];
  for (let i = 0; i < 3; i++) types.push((await bob.next()).type);
  assertEquals(types, ["welcome", "auth_ok", "room:joined"]);
  const heard = [];
  do heard.push(await ada.next()); while (heard.at(-1).type !== "user:joined");
  assertEquals(new Set(heard.map(({ userId }) => userId)), new Set(["bob"]));
});

Deno.test("hostile 114: chat: after ten failures of an address in a minute, failures cost time", async () => {
  await using chat = await startChat();
  for (let i = 0; i < 10; i++) {
    await assertStatus(chat, { query: "?token=x" }, 401, "Invalid token");
  }
  const start = performance.now();
  const limited = await ask(chat, { query: "?token=x" });
  assertEquals([limited.status, limited.body], [429, "Too many failed attempts"]);
  assertMatch(limited.headers.get("retry-after") ?? "", /^\d+$/);
  assert(performance.now() - start >= 1_900);
  const message = { type: "auth", token: "x" };
  assertEquals(await closeAfter(chat, message), [1008, "Too many failed attempts"]);
});

Deno.test("hostile 137: chat: bad tokens of an address, however many, keep no good one out", async () => {
  await using chat = await startChat();
  await using member = await open(chat, `?token=${tokenOf("ada")}`);
  await member.next().then(() => member.next());
  const guesses = Array.from({ length: 60 }, () => ask(chat, { query: "?token=x" }));
  await guesses[0];

  await using before = await open(chat, `?token=${tokenOf("ben")}`);
  assertEquals((await before.next()).userId, "ben");
  await using later = await open(chat);
  await later.next();
  later.send({ type: "auth", token: tokenOf("cid") });
  assertEquals(await later.next(), { type: "auth_ok" });
  member.send({ type: "auth", token: tokenOf("ada") });
  assertEquals(await member.next(), { type: "auth_ok" });

  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  assertEquals(statuses.filter((status) => status === 401).length, 10);
  assertEquals(statuses.filter((status) => status === 429).length, 50);
});

for (const transport of ["sse", "poll"] as const) {
  for (const tokenBy of ["message", "query"] as const) {
    Deno.test(`chat: signs in by ${tokenBy} over ${transport}, and keeps out who does not`, async () => {
      await using chat = await startChat("--auth", "either");
      const url = `ws://${chat.url.host}/ws`;
      const transports = [transport];
      const token = tokenOf("ada", { name: "Ada" });
      await using ada = connectClient(url, { transports, tokenBy, token });
      await ada.ready();
      await ada.join("deck");
      const data = { roomId: "deck", content: "ahoy" };
      assertEquals(await ada.emitWithAck("chat:message", data), { status: "ok" });

      const bad = connectClient(url, { transports, tokenBy, token: hmacToken({ sub: "eve" }) });
      await assertRejects(() => bad.ready(), ClientError);
      assertEquals(bad.state, "closed");

      await using guest = connectClient(url, { transports, minDelay: 10 });
      await assertRejects(() => guest.emitWithAck("chat:message", data), ClientError);
    });
  }
}

Deno.test("hostile 116: chat: ids are random, before and after signing in", async () => {
  await using chat = await startChat();
  const ids = new Set<string>();
  for (let i = 0; i < 4; i++) {
    await using socket = await open(chat, i % 2 === 0 ? "" : `?token=${tokenOf("ada")}`);
    const { id } = await socket.next();
    assertMatch(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    ids.add(id);
  }
  assertEquals(ids.size, 4);
});

Deno.test("hostile 112: chat: prints neither tokens nor secrets, nor answers with them", async () => {
  await using chat = await startChat();
  const good = tokenOf("ada");
  const bad = `${good.slice(0, -8)}abcdefgh`;
  const answers = [];
  for (const token of [bad, "canary-token", `${good}\0`, "%zz-canary"]) {
    answers.push(await ask(chat, { query: `?token=${token}` }));
    answers.push(await ask(chat, { headers: { Authorization: `Bearer ${token}` } }));
  }
  await using socket = await open(chat, `?token=${good}`);
  await socket.next().then(() => socket.next());
  socket.send(`{"type":"auth","token":"canary-token`);
  assertEquals((await socket.next()).code, "PARSE_ERROR");
  await closeAfter(chat, { type: "auth", token: "canary-token" });
  chat.signal("SIGTERM");
  const { stdout, stderr } = await chat.ended();
  const said = JSON.stringify(answers.map(({ headers, body }) => [[...headers], body]));
  for (const text of [stdout, stderr, said]) {
    for (const canary of ["canary", good.slice(-20, -8), secret]) assert(!text.includes(canary));
  }
  assertStringIncludes(stdout, "Clients sign in with a token");
});
