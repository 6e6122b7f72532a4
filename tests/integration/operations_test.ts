/** Metrics, health and the log of the chat server, compared with its traffic. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { serve } from "@hawser/ws";
import { connect, type TestClient } from "../support/client.ts";
import { EventStream } from "../support/event_stream.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { readMetrics, scrape } from "../support/metrics.ts";
import { Poller } from "../support/poller.ts";
import { type Program, startProgram } from "../support/program.ts";
import { secret, tokenOf } from "../support/tokens.ts";
import { waitFor } from "../support/wait.ts";

function startChat(...args: string[]): Promise<Program> {
  return startProgram("examples/chat/main.ts", { args: ["--port", "0", ...args] });
}

/** A guest who counts what it sends and receives. */
class Guest {
  sent = 0;
  /** Bytes of the frames that it has sent. */
  sentBytes = 0;
  received = 0;
  /** Bytes of the frames that it has received. */
  receivedBytes = 0;
  /** How many of each type. */
  readonly types = new Map<string, number>();
  #client: TestClient | undefined;

  static async enter(chat: Program): Promise<Guest> {
    const guest = new Guest();
    const message = (_client: TestClient, data: string | Uint8Array) => {
      guest.received++;
      guest.receivedBytes += frameSize(data, 0);
      const { type } = JSON.parse(String(data));
      guest.types.set(type, (guest.types.get(type) ?? 0) + 1);
    };
    guest.#client = await connect(`ws://${chat.url.host}/ws`, { message });
    return guest;
  }

  send(message: unknown): void {
    const text = JSON.stringify(message);
    this.sent++;
    this.sentBytes += frameSize(text, 4);
    this.#client?.send(text);
  }

  async leave(): Promise<void> {
    this.sentBytes += 2 + 4 + 2;
    await this.#client?.close(1000);
  }
}

function frameSize(data: string | Uint8Array, maskSize: number): number {
  const { length } = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return 2 + (length > 125 ? 2 : 0) + maskSize + length;
}

function sum(guests: readonly Guest[], of: (guest: Guest) => number): number {
  return guests.reduce((total, guest) => total + of(guest), 0);
}

Deno.test("chat: /metrics tells what was sent and received", async () => {
  await using chat = await startChat("--rate", "0");
  const guests = await Promise.all(Array.from({ length: 3 }, () => Guest.enter(chat)));
  for (const guest of guests) guest.send({ type: "room:join", roomId: "deck" });
  await waitFor(() => guests.every(({ types }) => types.has("room:joined")));
  for (let i = 0; i < 100; i++) {
    guests[i % 3]!.send({ type: "chat:message", roomId: "deck", content: `${i}`.repeat(i) || "-" });
  }
  await waitFor(() => guests.every(({ types }) => types.get("chat:message") === 100));
  const during = await scrape(chat.url);
  assertEquals(during.get("hawser_connections_open"), 3);
  assertEquals(during.get('hawser_clients{namespace="/"}'), 3);
  assertEquals(during.get('hawser_rooms{namespace="/"}'), 1);
  assertEquals(during.get('hawser_messages_total{direction="in"}'), 103);

  for (const [index, guest] of guests.entries()) {
    await guest.leave();
    // Messages in flight to the others would be sent, and not received, once they leave too.
    const others = guests.slice(index + 1);
    await waitFor(() => others.every(({ types }) => types.get("user:left") === index + 1));
  }
  const after = await scrape(chat.url);
  const get = (name: string) => after.get(name) ?? NaN;
  assertEquals(get("hawser_connections_open"), 0);
  assertEquals(get('hawser_connections_total{outcome="opened"}'), 3);
  assertEquals(get('hawser_closes_total{code="1000"}'), 3);
  assertEquals(get('hawser_messages_total{direction="in"}'), sum(guests, ({ sent }) => sent));
  assertEquals(get('hawser_messages_total{direction="out"}'), sum(guests, (each) => each.received));
  assertEquals(get('hawser_bytes_total{direction="in"}'), sum(guests, (each) => each.sentBytes));
  const responses = get('hawser_bytes_total{direction="out"}') -
    sum(guests, ({ receivedBytes }) => receivedBytes + 2 + 2);
  assert(responses > 3 * 100 && responses < 3 * 300, `${responses} bytes are for three 101s`);
  assertEquals(get("hawser_queued_bytes"), 0);
  assertEquals(get('hawser_events_total{namespace="/"}'), 100);
  assertEquals(get('hawser_handler_duration_seconds_count{namespace="/"}'), 100);
});

Deno.test("chat: /metrics counts refusals by status, and other probes answer", async () => {
  await using chat = await startChat("--jwt-secret", "0123456789abcdef0123456789abcdef");
  const { host } = chat.url;
  await assertRejects(() => connect(`ws://${host}/ws`, { headers: [["Origin", "http://evil"]] }));
  await assertRejects(() => connect(`ws://${host}/ws?token=canary`));
  await assertRejects(() => connect(`ws://${host}/elsewhere`));
  const metrics = await scrape(chat.url);
  for (const status of [401, 403, 404]) {
    assertEquals(metrics.get(`hawser_rejections_total{status="${status}"}`), 1);
  }
  const ready = await fetch(new URL("/readyz", chat.url));
  assertEquals([ready.status, await ready.text()], [200, "ready"]);
  const refused = await fetch(new URL("/metrics", chat.url), { method: "POST" });
  assertEquals([refused.status, await refused.text()], [405, ""]);
});

Deno.test("hostile 118: chat: /metrics has the same series whatever clients choose", async () => {
  await using chat = await startChat("--rate", "0");
  const before = [...(await scrape(chat.url)).keys()];
  const guests = await Promise.all(Array.from({ length: 2 }, () => Guest.enter(chat)));
  for (const guest of guests) {
    for (let i = 0; i < 30; i++) {
      guest.send({ type: "room:join", roomId: `canary"}\n${i}` });
      guest.send({ type: `canary"}\n${i}`, id: `${i}` });
      guest.send({ type: "constructor" });
    }
  }
  await waitFor(() => guests.every(({ received }) => received > 90));
  for (const guest of guests) await guest.leave();
  const client = await connect(`ws://${chat.url.host}/ws?name=canary`);
  await client.close(4321, "canary");
  await assertRejects(() => connect(`ws://${chat.url.host}/ws/canary`));
  const response = await fetch(new URL("/metrics", chat.url));
  const text = await response.text();
  assert(!text.includes("canary"));
  assertEquals([...readMetrics(text).keys()], before);
});

/** Lines of the output, without what the program says to people at its start. */
function logLines(output: string): string[] {
  const forPeople = /^(Everybody is|Clients sign in|Listening on) /;
  return output.split("\n").slice(0, -1).filter((line) => !forPeople.test(line));
}

Deno.test("chat: --log json prints a line for each open, close and refusal", async () => {
  await using chat = await startChat("--log", "json");
  const { host, origin } = chat.url;
  const client = await connect(`ws://${host}/ws?name=Ada`, { headers: [["Origin", origin]] });
  const welcome = JSON.parse(String(await client.next()));
  client.send("no JSON");
  await client.next();
  await client.close(4000, "bye");
  await assertRejects(() => connect(`ws://${host}/ws`, { headers: [["Origin", "http://evil"]] }));
  chat.signal("SIGTERM");
  const { code, stdout } = await chat.ended();
  assertEquals(code, 0);
  const [open, close, reject, ...others] = logLines(stdout).map((line) => JSON.parse(line));
  assertEquals(others, []);
  const transport = "websocket";
  const whose = { id: welcome.id, address: "127.0.0.1", origin, path: "/ws", transport };
  assertEquals(open, { time: open.time, event: "open", ...whose, protocol: "" });
  const { time, duration, bytesIn, bytesOut, ...rest } = close;
  const ended = { code: 4000, reason: "bye", wasClean: true, messagesIn: 1, messagesOut: 2 };
  assertEquals(rest, { event: "close", ...whose, protocol: "", ...ended });
  assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
  assert(duration >= 0 && duration < 10_000);
  assertEquals(bytesIn, frameSize("no JSON", 4) + frameSize("..bye", 4));
  assert(bytesOut > 100);
  const { status, origin: from, path, event } = reject;
  assertEquals([event, status, from, path], ["reject", 403, "http://evil", "/ws"]);
});

Deno.test("chat: --log and /metrics tell of event streams and polls too", async () => {
  await using chat = await startChat("--log", "json");
  const stream = await EventStream.open(new URL("/sse?room=deck", chat.url));
  const { id: streaming } = (await stream.next())!.data;
  const poller = new Poller(chat.url, "room=deck");
  const { id: polling } = (await poller.poll()).messages[0];
  const event = JSON.stringify({ type: "nothing" });
  await poller.send([JSON.parse(event)]);
  const during = await scrape(chat.url);
  assertEquals(during.get('hawser_http_clients{transport="sse"}'), 1);
  assertEquals(during.get('hawser_http_clients{transport="poll"}'), 1);
  await stream[Symbol.asyncDispose]();
  while ((await scrape(chat.url)).get('hawser_http_clients{transport="sse"}') !== 0);
  chat.signal("SIGTERM");
  const { stdout } = await chat.ended();
  const records = logLines(stdout).map((line) => JSON.parse(line));
  const all = records.map((
    { event, id, transport, path, code },
  ) => [event, id, transport, path, code]);
  assertEquals(all, [
    ["open", streaming, "sse", "/sse", undefined],
    ["open", polling, "poll", "/poll", undefined],
    ["notice", polling, undefined, undefined, "UNKNOWN_EVENT"],
    ["close", streaming, "sse", "/sse", 1006],
    ["close", polling, "poll", "/poll", 1012],
  ]);
  const [, , , left, closed] = records;
  assert(left.bytesOut > 100 && left.messagesOut >= 2, JSON.stringify(left));
  assertEquals([closed.messagesIn, closed.bytesIn], [1, event.length + 2]);
  assert(!stdout.includes("session"));
});

Deno.test("chat: --log prints who is cut off at the end, too", async () => {
  await using chat = await startChat("--log", "text", "--shutdown-deadline", "100");
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(chat.url.port) });
  const http = new HttpClient(conn);
  const fields = [["Host", chat.url.host] as const, ...upgradeFields.slice(1)];
  assertEquals((await http.request(headText("GET /ws HTTP/1.1", fields))).status, 101);
  chat.signal("SIGTERM");
  const [open, close, ...others] = logLines((await chat.ended()).stdout);
  assertMatch(
    open!,
    /^\S+ open id=\S+ address=127\.0\.0\.1 path=\/ws transport=websocket protocol=""$/,
  );
  assertMatch(close!, / close .* code=1006 reason="" wasClean=false duration=\d+ /);
  assertEquals(others, []);
});

Deno.test("hostile 112: chat: --log prints no tokens, wherever they come from", async () => {
  for (const format of ["text", "json"]) {
    await using chat = await startChat("--log", format, "--jwt-secret", secret);
    const good = tokenOf("ada");
    const url = `ws://${chat.url.host}/ws`;
    const client = await connect(`${url}?token=${good}`);
    await client.close();
    const offering = await connect(url, { protocols: [`bearer.${good}`] });
    await offering.close();
    for (const token of ["canary", `${good.slice(0, -8)}abcdefgh`]) {
      await assertRejects(() => connect(`${url}?token=${token}`));
      await assertRejects(() => connect(`${url}?%0a=${token}`, { protocols: [`bearer.${token}`] }));
      const headers = [["Authorization", `Bearer ${token}`], ["Cookie", `t=${token}`]] as const;
      await assertRejects(() => connect(url, { headers }));
    }
    chat.signal("SIGTERM");
    const { stdout, stderr } = await chat.ended();
    const lines = logLines(stdout);
    assertEquals(lines.length, 4 + 6);
    for (const text of ["canary", secret, good.slice(0, 30), good.slice(-20), "bearer", "token"]) {
      assert(!lines.join().includes(text), lines.join("\n"));
      assert(!logLines(stderr).join().includes(text), stderr);
    }
  }
});

Deno.test("hostile 117: chat: --log keeps one line per record, whatever a peer sends", async () => {
  for (const format of ["text", "json"]) {
    await using chat = await startChat("--log", format);
    const headers = [["Origin", "http://a\u0085\u009b31mb"]] as const;
    const url = `ws://${chat.url.host}/ws`;
    await assertRejects(() => connect(`${url}/%0d%0a%1b[31m`, { headers }));
    const client = await connect(url);
    await client.close(4000, "\r\n\x1b[2J\u2028\u202eforged open");
    chat.signal("SIGTERM");
    const lines = logLines((await chat.ended()).stdout);
    assertEquals(lines.length, 3, lines.join("\n"));
    for (const line of lines) assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line), line);
  }
});

Deno.test("hostile 122: serve() ends nobody when the wall clock jumps by an hour", async () => {
  const durations: number[] = [];
  let pongs = 0;
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    pingInterval: 20,
    pingTimeout: 2_000,
    messageTimeout: 2_000,
    log: (record) => record.event === "close" && void durations.push(record.duration),
  }, (connection) => {
    connection.on("pong", () => void pongs++);
    connection.on("message", (data) => void connection.send(data));
  });
  const clients = await Promise.all(
    Array.from({ length: 5 }, () => connect(`ws://127.0.0.1:${server.addr.port}/`)),
  );
  const { now } = Date;
  let hours = 0;
  using _ = stub(Date, "now", () => now() + hours * 3_600_000);
  for (hours of [1, -1, 1_000]) {
    const before = pongs;
    await waitFor(() => pongs >= before + 2 * clients.length);
  }
  for (const client of clients) client.send("still here");
  for (const client of clients) assertEquals(await client.next(), "still here");
  for (const client of clients) assertEquals((await client.close(1000)).code, 1000);
  await waitFor(() => durations.length === clients.length);
  assert(durations.every((duration) => duration >= 0 && duration < 10_000), `${durations}`);
});

Deno.test("hostile 190: chat: the operator reads once what keeps clients out, and what to set", async () => {
  await using chat = await startChat("--rate", "1");
  const { host } = chat.url;
  for (let i = 0; i < 3; i++) {
    const headers = [["Origin", "http://evil.example"]] as const;
    await assertRejects(() => connect(`ws://${host}/ws`, { headers }));
    await (await fetch(new URL("/poll", chat.url), { headers: { origin: "null" } })).body?.cancel();
  }
  const client = await connect(`ws://${host}/ws`);
  const { id } = JSON.parse(String(await client.next()));
  for (let i = 0; i < 6; i++) client.send('{"id":"1","event":"chat:mesage"}');
  for (let i = 0; i < 6; i++) await client.next();
  await client.close();
  chat.signal("SIGTERM");
  const { stderr } = await chat.ended();
  const lines = logLines(stderr).filter((line) => line.startsWith("Hawser: "));
  assertEquals(lines, [
    'Hawser: Origin "http://evil.example" may not connect: add it to allowedOrigins',
    'Hawser: Origin "null" may not connect: add it to allowedOrigins',
    `Hawser: Event "chat:mesage" has no handler: did you mean "chat:message" (client ${id})`,
    'Hawser: Event "chat:mesage" came faster than rateLimit of the App allows, 1 a second and ' +
    `2 at once: raise it where clients are meant to (client ${id})`,
  ]);
});
