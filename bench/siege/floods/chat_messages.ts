/** Floods of messages to the chat: JSON that is dear, wrong, unknown or too much. */

import { clientFrame, type RawSocket } from "../../peers/raw_socket.ts";
import { lobby } from "../dialects.ts";
import { repeat, utf8 } from "./bytes.ts";
import { type Attack, few, type Flood, pause } from "./flood.ts";

/** Characters of a message: as many as the chat takes. */
const contentLength = 4_000;

/** Messages that the chat's rate lets one send at once. */
const burst = 19;

/** Milliseconds in which a burst may be sent again. */
const refill = 2_000;

const guests = 20;
const sessions = 200;
const roomHolders = 200;

/** Close to the 1 MiB that a message may have. */
const large = 1_000_000;

/** Floods of messages. */
export const chatMessageFloods: readonly Flood[] = [
  texts(
    "json-escape",
    "JSON of 1 MB with one escaped character",
    () => `{"type":"x","a":"\\u0041${"a".repeat(large)}"}`,
  ),
  texts(
    "json-arrays",
    "JSON of 1 MB of empty arrays",
    () => `{"type":"x","a":[${"[],".repeat(large / 3)}[]]}`,
  ),
  texts(
    "json-deep",
    "JSON nested 100,000 levels deep",
    () => `{"type":"x","a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  ),
  texts("json-bad", "texts that are no JSON", () => `{"type":`),
  texts(
    "json-bad-large",
    "1 MB of JSON with an error at its end",
    () => `{"type":"x","a":"${"a".repeat(large)}`,
  ),
  texts("unknown-events", "events that nobody handles", () => `{"type":"unknown","a":1}`),
  texts("over-rate", "messages to a room, far over the rate", () => message("Ahoy")),
  {
    name: "rate-anew",
    title: "20 messages to a room on each of ever new connections",
    against: ["chat"],
    comparable: false,
    connections: few,
    run: (attack) => attack.from(few, () => sendBurst(attack)),
  },
  {
    name: "broadcasts",
    title: `${guests} guests within the rate, each ${burst} texts of 12 KB to a room at once`,
    against: ["chat", "fanout"],
    comparable: true,
    connections: guests,
    run: (attack) => attack.from(guests, () => broadcast(attack)),
  },
  {
    name: "slow-readers",
    title: `the same, and ${sessions} members that do not read`,
    against: ["chat", "fanout"],
    comparable: true,
    connections: guests + sessions,
    run: (attack) =>
      attack.from(guests + sessions, async (index) => {
        if (index < guests) return await broadcast(attack);
        using _socket = await attack.open();
        await forever();
      }),
  },
  {
    name: "rooms",
    title: `${roomHolders} clients that join ever new rooms, within the rate`,
    against: ["chat"],
    comparable: false,
    connections: roomHolders,
    run: (attack) => attack.from(roomHolders, (index) => joinRooms(attack, index)),
  },
];

function texts(name: string, title: string, make: () => string): Flood {
  return {
    name,
    title,
    against: ["chat"],
    comparable: false,
    connections: few,
    run(attack) {
      const { bytes, times } = repeat(clientFrame(1, utf8(make())));
      return attack.from(few, async () => {
        using socket = await attack.open();
        await attack.pour(socket, bytes, times);
      });
    },
  };
}

function message(content: string): string {
  return JSON.stringify({ type: "chat:message", roomId: lobby, content });
}

async function sendBurst(attack: Attack): Promise<void> {
  using socket = await attack.open();
  for (let i = 0; i < 20; i++) await socket.sendText(message("Ahoy"));
  attack.units += 20;
  // The server must have read the messages before the reset.
  for (let i = 0; i < 20; i++) await socket.frame();
}

/** Says much at once, reads what comes, and waits until the rate allows more. */
async function broadcast(attack: Attack): Promise<void> {
  using socket = await attack.open();
  drain(socket);
  const text = "€".repeat(contentLength);
  const frame = clientFrame(1, utf8(attack.kind === "chat" ? message(text) : text));
  for (;;) {
    await pause(refill);
    await socket.send(repeat(frame, burst).bytes);
    attack.units += burst;
  }
}

async function joinRooms(attack: Attack, index: number): Promise<void> {
  using socket = await attack.open();
  drain(socket);
  for (let room = 0;; room++) {
    await socket.sendText(JSON.stringify({ type: "room:join", roomId: `room ${index} ${room}` }));
    attack.units++;
    if (room >= burst) await pause(100);
  }
}

function drain(socket: RawSocket): void {
  socket.count().catch(() => {});
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
