/** Floods of requests to the chat: sign-in, event streams, polls, what they send, and metrics. */

import { dialectOf, lobby } from "../dialects.ts";
import { clientFrame, type RawSocket } from "../../peers/raw_socket.ts";
import { repeat, utf8 } from "./bytes.ts";
import { type Attack, few, type Flood, pause } from "./flood.ts";
import { get, pourRequests } from "./http.ts";

const manyBodies = 600;
const manyStreams = 200;
const manyGuests = 1_000;

/** Bytes of a body: as many as a request may have. */
const bodySize = 2 ** 20;

/** Floods of requests. */
export const chatHttpFloods: readonly Flood[] = [
  {
    ...common("metrics", "GET /metrics without pause"),
    run: (attack) => pourRequests(attack, repeat(get("/metrics"), 20)),
  },
  {
    ...common("first-polls", "polls without a session: each makes a client"),
    run: (attack) => attack.from(few, () => request(attack, `/poll?room=${lobby}`)),
  },
  {
    ...common("polls-first-since", "polls that always stand where they began, and much to hear"),
    run: (attack) => attack.from(few, () => pollFromTheBeginning(attack)),
  },
  {
    ...common("post-ones", "POST /events of an array of 500,000 numbers"),
    run: (attack) => attack.from(few, () => postOnes(attack)),
  },
  {
    ...common("byte-chunks", "POST /events in chunks of one byte, not finished"),
    run: (attack) => attack.from(few, () => postChunks(attack)),
  },
  {
    ...common("unfinished-bodies", "POST /events of 1 MiB of which the last byte is missing"),
    connections: manyBodies,
    run: (attack) => postUnfinished(attack),
  },
  {
    ...common("sse-unread", "event streams that do not read, and much to hear"),
    connections: manyStreams + few,
    run: (attack) =>
      attack.from(
        manyStreams + few,
        (index) => index < few ? talk(attack) : openStream(attack, index),
      ),
  },
  {
    ...common("presence", `${manyGuests} guests, and four who come and go`),
    connections: manyGuests + few,
    run: (attack) =>
      attack.from(
        manyGuests + few,
        (index) => index < few ? comeAndGo(attack) : stay(attack, index),
      ),
  },
  {
    ...common("bad-tokens", "upgrades with a token that is not ours, from the newcomers' address"),
    against: ["tokens"],
    sharesAddress: true,
    run: (attack) => attack.from(few, () => offerToken(attack)),
  },
  {
    ...common("bad-auths", "first messages with a token that is not ours, from their address too"),
    against: ["tokens"],
    sharesAddress: true,
    run: (attack) => attack.from(few, () => sendToken(attack)),
  },
];

/** Of another secret. */
const badToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEiLCJleHAiOjQxMDI0NDQ4MDB9." +
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

function common(name: string, title: string): Omit<Flood, "run"> {
  return { name, title, against: ["chat"], comparable: false, connections: few };
}

/** @throws {Error} The server refuses. */
async function request(attack: Attack, path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${attack.port}${path}`, init);
  const text = await response.text();
  attack.units++;
  if (!response.ok) throw new Error(`Refused by ${response.status}`);
  return text;
}

/** A client that polls. */
async function openSession(attack: Attack): Promise<{ session: string; since: string }> {
  return JSON.parse(await request(attack, `/poll?room=${lobby}`));
}

function say(content: string): string {
  return JSON.stringify({ type: "chat:message", roomId: lobby, content });
}

async function pollFromTheBeginning(attack: Attack): Promise<void> {
  const { session, since } = await openSession(attack);
  const query = `session=${session}&since=${encodeURIComponent(since)}`;
  for (;;) {
    const body = say("€".repeat(4_000));
    await request(attack, `/events?session=${session}`, { method: "POST", body });
    await request(attack, `/poll?${query}`);
  }
}

async function postOnes(attack: Attack): Promise<void> {
  const { session } = await openSession(attack);
  const body = `[${"1,".repeat(bodySize / 2 - 2)}1]`;
  for (;;) {
    const path = `/events?session=${session}`;
    await request(attack, path, { method: "POST", body }).catch(() => pause(0));
  }
}

async function postChunks(attack: Attack): Promise<void> {
  const { session } = await openSession(attack);
  using socket = await attack.connect();
  await socket.send(postHead(session, "Transfer-Encoding: chunked"));
  const { bytes, times } = repeat(utf8("1\r\na\r\n"));
  let isOver = false;
  socket.count().catch(() => {}).finally(() => isOver = true);
  // A body of 1 MiB at the most, which is never finished.
  for (let sent = 0; sent + times < bodySize && !isOver; sent += times) {
    await socket.send(bytes);
    attack.units += times;
  }
  while (!isOver) await pause(100);
  throw new Error("The server has thrown it out");
}

async function postUnfinished(attack: Attack): Promise<void> {
  const { session } = await openSession(attack);
  const body = new Uint8Array(bodySize - 1).fill(0x20);
  await attack.from(manyBodies, async (index) => {
    await pause(2 * index);
    using socket = await attack.connect();
    await socket.send(postHead(session, `Content-Length: ${bodySize}`));
    await socket.send(body);
    attack.units++;
    await socket.count();
    throw new Error("The server has thrown it out");
  });
}

function postHead(session: string, framing: string): Uint8Array {
  return utf8(
    `POST /events?session=${session} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
      `Content-Type: application/json\r\n${framing}\r\n\r\n`,
  );
}

/** Asks for a stream, and reads none of it. */
async function openStream(attack: Attack, index: number): Promise<void> {
  await pause(index);
  using socket = await attack.connect();
  await socket.send(utf8(`GET /sse?room=${lobby} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
  await new Promise(() => {});
}

/** Says as much to the lobby as the rate allows. */
async function talk(attack: Attack): Promise<void> {
  using socket = await attack.open();
  drain(socket);
  const frame = clientFrame(1, utf8(say("€".repeat(4_000))));
  for (;;) {
    await socket.send(frame);
    attack.units++;
    await pause(105);
  }
}

async function stay(attack: Attack, index: number): Promise<void> {
  await pause(index);
  using socket = await attack.open();
  await socket.count();
}

async function comeAndGo(attack: Attack): Promise<void> {
  using _socket = await attack.open();
  attack.units++;
}

async function offerToken(attack: Attack): Promise<void> {
  using socket = await attack.connect();
  const { target } = dialectOf("tokens", { name: "flood", token: badToken });
  await socket.upgrade(attack.port, { target });
  attack.units++;
}

async function sendToken(attack: Attack): Promise<void> {
  using socket = await attack.connect();
  await socket.upgrade(attack.port, { target: "/ws" });
  await socket.sendText(JSON.stringify({ type: "auth", token: badToken }));
  attack.units++;
  await socket.end();
}

function drain(socket: RawSocket): void {
  socket.count().catch(() => {});
}
