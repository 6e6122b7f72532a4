/** Prints how servers answer violations of RFC 6455: the table of the README. */

// deno-lint-ignore-file no-console -- this is a program, and the table is its result

import { encodeFrame } from "@hawser/ws/protocol";
import { loads } from "./loads.ts";
import type { ReadyPeer } from "./measure.ts";
import { prepare } from "./machine/prepare.ts";
import { closeCode, late, type RawFrame, RawSocket, sampleKey } from "./raw_socket.ts";
import { startServer } from "./machine/server_process.ts";
import { table } from "./results/tables.ts";

/** Something forbidden. */
interface Probe {
  readonly name: string;
  /** The request, where it is the request that is wrong. */
  readonly request?: Partial<RequestParts>;
  /** The bytes after the 101. */
  readonly frames?: Uint8Array;
}

interface RequestParts {
  readonly method: string;
  readonly version: string;
  readonly key: string;
}

/** Without an answer for so long, a server takes no offence. Milliseconds. */
const patience = 500;

const maskingKey = 0x12345678;
const text = new TextEncoder();
const hello = encodeFrame({ opcode: 1, payload: text.encode("hello"), maskingKey });

const probes: readonly Probe[] = [
  { name: "Handshake of version 8", request: { version: "8" } },
  { name: "Handshake with the key `abc`", request: { key: "abc" } },
  { name: "Handshake by POST", request: { method: "POST" } },
  {
    name: "Frame without a mask",
    frames: encodeFrame({ opcode: 1, payload: text.encode("hello") }),
  },
  {
    name: "Length 5 written in 16 bits",
    frames: Uint8Array.of(0x81, 0xfe, 0, 5, ...hello.subarray(2)),
  },
  {
    name: "Reserved opcode 3",
    frames: encodeFrame({ opcode: 3, payload: text.encode("hello"), maskingKey }),
  },
  {
    name: "Impossible byte in a frame that has not ended",
    frames: encodeFrame({
      opcode: 1,
      payload: Uint8Array.of(0xff, ...text.encode("hello")),
      maskingKey,
    }).subarray(0, 9),
  },
  {
    name: "Close with the code 1005",
    frames: encodeFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xed), maskingKey }),
  },
];

function encodeRequest(host: string, { method, version, key }: RequestParts): Uint8Array {
  return text.encode([
    `${method} / HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    `Sec-WebSocket-Version: ${version}`,
    `Sec-WebSocket-Key: ${key}`,
    ...(method === "POST" ? ["Content-Length: 0"] : []),
    "\r\n",
  ].join("\r\n"));
}

/** Sends a probe and puts the answer into a few words. */
async function ask(port: number, probe: Probe): Promise<string> {
  const valid = { method: "GET", version: "13", key: sampleKey };
  using socket = await RawSocket.connect(port);
  const answered = socket.within(patience, async () => {
    await socket.send(encodeRequest(`127.0.0.1:${port}`, { ...valid, ...probe.request }));
    const { status } = await socket.head();
    if (status !== 101 || probe.frames === undefined) return `${status}`;
    await socket.send(probe.frames);
    return describe(await socket.frame());
  });
  const answer = await answered.catch(() => "cut off");
  return answer === late ? "takes it" : answer;
}

function describe(frame: RawFrame | undefined): string {
  if (frame === undefined) return "cut off";
  if (frame.opcode !== 8) return "takes it";
  const code = closeCode(frame.payload);
  return code === undefined ? "Close" : `Close ${code}`;
}

async function askAll(peer: ReadyPeer): Promise<string[]> {
  const { modules } = peer;
  const command = peer.command(echo, modules);
  await using server = await startServer({ command, modules, core: undefined });
  const answers: string[] = [];
  for (const probe of probes) answers.push(await ask(server.port, probe));
  return answers;
}

const echo = loads.find(({ kind }) => kind === "echo")!;
const { ready: all, missing } = await prepare([echo]);
const ready = all.filter(({ isFloor }) => isFloor !== true);
for (const line of missing) console.error(line);
const columns: string[][] = [];
for (const peer of ready) columns.push([peer.label, ...await askAll(peer)]);
const names = ["What is sent", ...probes.map(({ name }) => name)];
console.log(table(names.map((name, row) => [name, ...columns.map((column) => column[row]!)])));
