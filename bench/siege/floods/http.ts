/** Floods of HTTP requests, which any server is sent that speaks HTTP. */

import type { Kind } from "../dialects.ts";
import { repeat, type Repeated, utf8 } from "./bytes.ts";
import { type Attack, few, type Flood, pause } from "./flood.ts";

const against: readonly Kind[] = ["echo", "chat"];

/** As many fields as fit beside the others into the usual hundred. */
const fields = Array.from({ length: 97 }, (_, i) => `x${i}: 1\r\n`).join("");

/** The fields of an upgrade are six. */
const upgradeFields = Array.from({ length: 91 }, (_, i) => [`x${i}`, "1"] as const);

/** Slow clients are many: each costs them nothing. */
const manySlow = 300;

/** Milliseconds between the bytes of a slow head. */
const slowness = 50;

/** Floods of HTTP requests. */
export const httpFloods: readonly Flood[] = [
  {
    ...common("gets", "GET requests without pause"),
    run: (attack) => pourRequests(attack, repeat(get("/"))),
  },
  {
    ...common("gets-97-fields", "GET requests of 97 fields more than needed"),
    run: (attack) => pourRequests(attack, repeat(get("/", fields))),
  },
  {
    ...common("upgrades-97-fields", "upgrades of 91 fields more than needed, dropped"),
    run: (attack) =>
      attack.from(few, async () => {
        using _socket = await attack.open({ headers: upgradeFields });
        attack.units++;
      }),
  },
  {
    ...common("byte-heads", "heads of 15 KiB, each byte in a write of its own"),
    run: (attack) => attack.from(few, () => writeHead(attack, 0)),
  },
  {
    ...common("slow-heads", "heads of which a byte comes each 50 ms"),
    connections: manySlow,
    run: (attack) => attack.from(manySlow, () => writeHead(attack, slowness)),
  },
];

function common(name: string, title: string): Omit<Flood, "run"> {
  return { name, title, against, comparable: true, connections: few };
}

/** A request without a body. */
export function get(path: string, fields = ""): Uint8Array {
  return utf8(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields}\r\n`);
}

/** Requests one behind the other: a server may answer them as it likes. */
export function pourRequests(attack: Attack, { bytes, times }: Repeated): Promise<void> {
  return attack.from(few, async () => {
    using socket = await attack.connect();
    await attack.pour(socket, bytes, times);
  });
}

async function writeHead(attack: Attack, delay: number): Promise<void> {
  using socket = await attack.connect();
  socket.count().catch(() => {});
  const head = get("/", `x: ${"a".repeat(15_000)}\r\n`);
  for (let at = 0; at < head.length; at++) {
    await socket.send(head.subarray(at, at + 1));
    attack.units++;
    if (delay > 0) await pause(delay);
  }
}
