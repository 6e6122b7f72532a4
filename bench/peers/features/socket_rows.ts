/** Rows that any WebSocket shows: what a server does with it, unless it is told otherwise. */

import type { Extension } from "@hawser/ws/protocol";
import { clientFrame, late, type RawRequest, RawSocket } from "../raw_socket.ts";
import { type ReadyContender, startFor, type Target } from "./start.ts";

/** After so long, a peer that says nothing is no longer waited for. Milliseconds. */
const patience = 150_000;

/** Bytes that `flood` sends in all. */
const floodSize = 64 * 2 ** 20;

/** The offer of browsers. */
const deflateOffer: Extension = {
  name: "permessage-deflate",
  parameters: [["client_max_window_bits", undefined]],
};

/** Whether permessage-deflate is agreed on. */
export async function compression(contender: ReadyContender): Promise<string> {
  const offers = async (feature: "plain" | "compress") => {
    await using target = await startFor(contender, feature);
    using socket = await RawSocket.connect(target.port);
    const { fields } = await upgrade(socket, target, { extensions: [deflateOffer] });
    return fields.get("sec-websocket-extensions")?.startsWith("permessage-deflate") === true;
  };
  if (await offers("plain")) return "by default";
  return contender.servers.compress !== undefined && await offers("compress") ? "option" : "no";
}

/** When a peer that answers nothing, no ping either, is given up. */
export async function silence(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "plain");
  using socket = await open(target);
  const start = performance.now();
  if (await socket.within(patience, () => socket.end()) === late) return "never";
  return `${Math.round((performance.now() - start) / 1000)} s`;
}

/** The largest message that is taken, however it is cut into frames. */
export async function messageLimit(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "plain");
  let [taken, refused] = [0, 2 ** 31];
  while (refused - taken > 1) {
    const size = Math.floor((taken + refused) / 2);
    if (await takesHeader(target, size)) taken = size;
    else refused = size;
  }
  if (taken === 2 ** 31 - 1) return "none";
  return await takesFragments(target, 2 * taken) ? "none" : formatSize(taken);
}

/** Whether a frame that announces so many bytes is waited for. */
async function takesHeader(target: Target, size: number): Promise<boolean> {
  using socket = await open(target);
  const header = new Uint8Array(14);
  header.set([0x82, 0xff]);
  new DataView(header.buffer).setBigUint64(2, BigInt(size));
  // Lengths in the shortest form, as RFC 6455 §5.2 has it.
  if (size < 126) await socket.send(Uint8Array.of(0x82, 0x80 | size, 0, 0, 0, 0));
  else if (size < 65_536) {
    await socket.send(Uint8Array.of(0x82, 0xfe, size >> 8, size & 0xff, 0, 0, 0, 0));
  } else await socket.send(header);
  return !await endsSoon(socket);
}

/** Whether fragments of an unfinished message are taken beyond so many bytes. */
async function takesFragments(target: Target, size: number): Promise<boolean> {
  using socket = await open(target);
  const piece = new Uint8Array(Math.min(65_536, Math.max(1, size >> 3)));
  try {
    for (let sent = 0; sent <= size; sent += piece.length) {
      await socket.send(clientFrame(sent === 0 ? 2 : 0, piece, false));
    }
  } catch {
    return false; // the server has hung up
  }
  return !await endsSoon(socket);
}

/** Whether a Close or the end comes within a moment. */
async function endsSoon(socket: RawSocket): Promise<boolean> {
  return await socket.within(300, () => socket.end()).catch(() => undefined) !== late;
}

/** Sends 64 MiB to a peer that does not read, from a server that ignores the results. */
export async function slowReader(contender: ReadyContender): Promise<string> {
  const key = crypto.randomUUID();
  await using target = await startFor(contender, "flood", key);
  using socket = await open(target);
  await contender.flood?.(target.port, key);
  await wait(4_000);
  const counted = await socket.within(3_000, () => socket.count(floodSize));
  if (counted === late) return "drops";
  return counted.bytes >= floodSize ? "keeps all" : "closes it";
}

/** Whether a handler that does not come to its end stops the reading. */
export async function backpressure(contender: ReadyContender): Promise<string> {
  // It takes connections and never answers.
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using target = await startFor(contender, "wait", String(silent.addr.port));
  using socket = await open(target);
  const text = contender.waiting?.("x".repeat(15_000)) ?? "x".repeat(15_000);
  const message = clientFrame(1, new TextEncoder().encode(text));
  const flooded = socket.within(5_000, async () => {
    for (let sent = 0; sent < floodSize; sent += message.length) await socket.send(message);
    return "no";
  });
  const answer = await flooded.catch(() => "cut off");
  return answer === late ? "yes" : answer;
}

/** Tells the answer to a page of another site. */
export async function foreignOrigin(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "plain");
  using socket = await RawSocket.connect(target.port);
  const { status } = await upgrade(socket, target, {
    headers: [["Origin", "https://elsewhere.example"]],
  });
  return status === 101 ? "let in" : `${status}`;
}

/** Tells the close code that clients get when the server is terminated. */
export async function farewell(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "plain");
  using socket = await open(target);
  await wait(500);
  Deno.kill(target.pid, "SIGTERM");
  const code = await socket.within(5_000, () => socket.end()).catch(() => undefined);
  if (code === late) return "nothing";
  if (code === undefined) return "cut off";
  return code === "without code" ? "Close" : `Close ${code}`;
}

/** A connection that has said its first words. */
async function open(target: Target): Promise<RawSocket> {
  const socket = await RawSocket.connect(target.port);
  const { status } = await upgrade(socket, target);
  if (status !== 101) throw new Error(`${target.contender.label} answers ${status}`);
  for (const text of target.contender.hello?.texts ?? []) await socket.sendText(text);
  return socket;
}

function upgrade(
  socket: RawSocket,
  { port, contender }: Target,
  request: Omit<RawRequest, "target"> = {},
): ReturnType<RawSocket["upgrade"]> {
  return socket.upgrade(port, { target: contender.hello?.target ?? "/", ...request });
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Writes a size by the largest unit in which it is whole. */
export function formatSize(bytes: number): string {
  const units = [["MiB", 2 ** 20], ["MB", 1e6], ["KiB", 2 ** 10]] as const;
  const unit = units.find(([, size]) => bytes % size === 0);
  return unit === undefined
    ? `${bytes.toLocaleString("en-US")} B`
    : `${(bytes / unit[1]).toLocaleString("en-US")} ${unit[0]}`;
}
