/** What servers answer to what RFC 6455 forbids: prints the table of the README. */

// deno-lint-ignore-file no-console -- this is a program, and the table is its result

import { encodeFrame, parseFrameHeader } from "@hawser/ws/protocol";
import { loads } from "./loads.ts";
import type { ReadyPeer } from "./measure.ts";
import { prepare } from "./prepare.ts";
import { startServer } from "./server_process.ts";
import { table } from "./tables.ts";

/** Something forbidden. */
interface Probe {
  readonly name: string;
  /** The request, where it is the request that is wrong. */
  readonly request?: Partial<RequestParts>;
  /** What follows the 101. */
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
  const valid = { method: "GET", version: "13", key: "dGhlIHNhbXBsZSBub25jZQ==" };
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => conn.close(), patience);
  const answer = new AnswerReader(conn);
  try {
    await conn.write(encodeRequest(`127.0.0.1:${port}`, { ...valid, ...probe.request }));
    const status = await answer.status();
    if (status !== 101 || probe.frames === undefined) return status === 101 ? "101" : `${status}`;
    await conn.write(probe.frames);
    return await answer.frame();
  } catch (error) {
    return error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource
      ? "takes it"
      : "cut off";
  } finally {
    clearTimeout(timer);
    try {
      conn.close();
    } catch {
      // The timer has closed it.
    }
  }
}

/** Reads what a server says. */
class AnswerReader {
  readonly #conn: Deno.Conn;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** The status of the response. */
  async status(): Promise<number> {
    for (;;) {
      const head = new TextDecoder("latin1").decode(this.#bytes);
      const end = head.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#bytes = this.#bytes.slice(end + 4);
        return Number(head.split(" ")[1]);
      }
      if (!await this.#read()) throw new Error("the server has hung up");
    }
  }

  /** The first frame, in a few words. */
  async frame(): Promise<string> {
    for (;;) {
      const header = parseFrameHeader(this.#bytes);
      const end = header === undefined ? Infinity : header.headerLength + header.payloadLength;
      if (header !== undefined && this.#bytes.length >= end) {
        if (header.opcode !== 8) return "takes it";
        const [high, low] = this.#bytes.subarray(header.headerLength);
        return low === undefined ? "Close" : `Close ${(high! << 8) | low}`;
      }
      if (!await this.#read()) return "cut off";
    }
  }

  async #read(): Promise<boolean> {
    const buffer = new Uint8Array(4096);
    const size = await this.#conn.read(buffer);
    if (size === null) return false;
    const joined = new Uint8Array(this.#bytes.length + size);
    joined.set(this.#bytes);
    joined.set(buffer.subarray(0, size), this.#bytes.length);
    this.#bytes = joined;
    return true;
  }
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
