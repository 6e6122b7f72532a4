/** The cost of frames: parsing headers, receiving and sending messages, against npm `ws`. */

import { Receiver, Sender } from "ws";
import { Protocol } from "../protocol/connection.ts";
import { FrameHeader, parseFrameHeader } from "../protocol/frame.ts";
import { applyMask } from "../protocol/mask.ts";
import { Opcode } from "../protocol/opcode.ts";
import { messageTo } from "../tests/support/frames.ts";

const text = "The tide turns at noon, cast off";
const kibibyte = new Uint8Array(1024).fill(7);

// ----- Headers -----

const header = new FrameHeader(0, 0);
const bytes = messageTo("server", text);
const view = new DataView(bytes.buffer);

/** Reads no more than a small masked frame needs, and checks nothing. */
function parsePlainly(): number {
  const length = view.getUint8(1) & 0x7f;
  const fin = (view.getUint8(0) & 0x80) !== 0;
  return fin ? length + view.getUint32(2) : length;
}

Deno.bench("parseFrameHeader", { group: "parse a header", baseline: true }, () => {
  parseFrameHeader(bytes, 0, bytes.length, header);
});

Deno.bench("DataView, nothing checked", { group: "parse a header" }, () => {
  parsePlainly();
});

// ----- Messages from a client -----

function ignore(): void {}

const handler = { message: ignore, closed: ignore };

/** Receiving unmasks in place: each time the bytes must be masked again. */
function maskAgain(frames: Uint8Array, size: number, headerLength: number): void {
  for (let at = 0; at < frames.length; at += headerLength + size) {
    applyMask(frames, 0x37fa213d, at + headerLength, at + headerLength + size);
  }
}

for (
  const { name, data, headerLength, count } of [
    { name: "16 texts of 32 B in one read", data: text, headerLength: 6, count: 16 },
    { name: "1 KiB binary", data: kibibyte, headerLength: 8, count: 1 },
  ]
) {
  const group = `receive ${name}`;
  const frame = messageTo("server", data);
  const frames = new Uint8Array(frame.length * count);
  for (let index = 0; index < count; index++) frames.set(frame, index * frame.length);
  const size = frame.length - headerLength;
  const protocol = new Protocol("server", {}, handler);
  const receiver = new Receiver({ isServer: true, allowSynchronousEvents: true });
  receiver.on("message", ignore);

  Deno.bench(`Protocol.receive, ${name}`, { group, baseline: true }, () => {
    protocol.receive(frames);
    maskAgain(frames, size, headerLength);
  });

  // It unmasks in place too; its events are synchronous, so one write is one read.
  Deno.bench(`ws Receiver, ${name}`, { group }, () => {
    receiver.write(frames);
    maskAgain(frames, size, headerLength);
  });
}

// ----- Messages to a client -----

for (const [name, data] of [["text of 32 B", text], ["1 KiB binary", kibibyte]] as const) {
  const group = `send ${name}`;
  const protocol = new Protocol("server", {}, handler);

  Deno.bench(`Protocol.send, ${name}`, { group, baseline: true }, () => {
    protocol.send(data);
    protocol.takeOutput();
  });

  Deno.bench(`ws Sender.frame, joined, ${name}`, { group }, () => {
    const payload = Buffer.from(data as string);
    const opcode = typeof data === "string" ? Opcode.Text : Opcode.Binary;
    const parts = Sender.frame(payload, {
      fin: true,
      rsv1: false,
      opcode,
      mask: false,
      readOnly: false,
    });
    Buffer.concat(parts);
  });
}
