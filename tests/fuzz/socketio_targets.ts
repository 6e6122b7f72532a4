/** Payloads, packets and attachments of Engine.IO and Socket.IO: a result that is consistent, or an error. */

import { encodeMessages, PacketAssembler } from "../../server/socketio/attachments.ts";
import {
  decodePayload,
  encodeEnginePacket,
  encodePayload,
  EngineMessage,
  type EnginePacket,
} from "../../server/socketio/engine_packet.ts";
import {
  decodePacket,
  encodePacket,
  type Packet,
  PacketError,
} from "../../server/socketio/packet.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { below, mutate, pick, type Random, randomBytes, randomText } from "./inputs.ts";
import { require, type Target } from "./target.ts";

const limits = { maxAttachments: 3, maxPacketSize: 1_000 };

const payloadTexts = [
  "4hello\x1e2\x1e4world",
  "4hello\x1ebAQIDBA==",
  '0{"sid":"a"}\x1e1\x1e2probe\x1e3probe\x1e5\x1e6',
];

const packetTexts = [
  "0",
  '0/admin,{"token":"abc"}',
  "1/admin,",
  '2["foo",{"a":[1,null,"\\u005f_proto__"]}]',
  '2/admin,12["foo","b"]',
  "3/admin,13[]",
  '4{"message":"No","data":{"code":5}}',
];

const binaryTexts = [
  '51-["baz",{"_placeholder":true,"num":0}]',
  '52-/admin,7["baz",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]',
  '63-15[{"_placeholder":true,"num":2},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
];

function textOf(input: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(input);
}

function makeText(samples: readonly string[], next: Random): Uint8Array {
  if (next() < 0.1) return randomBytes(100, next);
  return mutate(utf8(pick(samples, next) + randomText(3, next)), next);
}

function encodeForPoll({ type, data }: EnginePacket): string {
  return typeof data === "string" ? encodeEnginePacket(type, data) : new EngineMessage(data).text;
}

function describe(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, value) => value instanceof Uint8Array ? value.toHex() : value,
  );
}

/** Bodies of requests: what was read comes back when it is written. */
export const payloadTarget: Target = {
  name: "payloads",
  makeInput: (next) => makeText(payloadTexts, next),
  run(input) {
    const packets = [...decodePayload(textOf(input))];
    const read = packets.filter((packet) => packet !== undefined);
    require(packets.length - read.length <= 1, "It goes on behind what is no packet");
    if (read.length === 0) return;
    const again = [...decodePayload(encodePayload(read.map(encodeForPoll)))];
    require(describe(again) === describe(read), "Packets change when they are encoded");
  },
};

function packetFrom<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

/** Text of packets: what was read comes back when it is written. */
export const packetTarget: Target = {
  name: "packets",
  makeInput: (next) => makeText([...packetTexts, ...binaryTexts], next),
  run(input) {
    const packet = packetFrom(() => decodePacket(textOf(input), limits.maxAttachments));
    if (packet === undefined) return;
    require(packet.attachments <= limits.maxAttachments, "There are too many attachments");
    const json = packet.data === undefined ? "" : JSON.stringify(packet.data);
    const again = decodePacket(
      encodePacket(packet, json, packet.attachments),
      limits.maxAttachments,
    );
    require(describe(again) === describe(packet), "The packet changes when it is encoded");
  },
};

/** The first byte of a message of an input says what it is, the second how long. */
function* messagesOf(input: Uint8Array): Generator<string | Uint8Array> {
  for (let at = 0; at + 2 <= input.length;) {
    const [kind = 0, size = 0] = input.subarray(at, at + 2);
    const message = input.subarray(at + 2, at + 2 + size);
    yield kind % 2 === 0 ? textOf(message) : message;
    at += 2 + size;
  }
}

function messageBytes(kind: number, bytes: Uint8Array): Uint8Array {
  const taken = bytes.subarray(0, 255);
  return concat([Uint8Array.of(kind, taken.length), taken]);
}

/** Texts and bytes in any order, most of them in one that makes packets. */
export const attachmentTarget: Target = {
  name: "attachments",
  makeInput(next) {
    const messages: Uint8Array[] = [];
    for (let left = 1 + below(4, next); left > 0; left--) {
      const text = pick([...packetTexts, ...binaryTexts], next);
      messages.push(messageBytes(0, next() < 0.3 ? mutate(utf8(text), next) : utf8(text)));
      const count = next() < 0.8 ? Number(/^[56](\d)-/.exec(text)?.[1] ?? 0) : below(4, next);
      for (let i = 0; i < count; i++) messages.push(messageBytes(1, randomBytes(300, next)));
    }
    return concat(messages);
  },
  run(input) {
    const assembler = new PacketAssembler(limits);
    for (const message of messagesOf(input)) {
      let packet: Packet | undefined;
      try {
        packet = assembler.push(message);
      } catch (error) {
        require(error instanceof PacketError, `It was refused by ${error}`);
        return;
      }
      require(assembler.heldBytes <= limits.maxPacketSize, "More is held than may be");
      if (packet !== undefined) checkRoundTrip(packet);
    }
  },
};

function checkRoundTrip(packet: Packet): void {
  const assembler = new PacketAssembler({ maxAttachments: 1_000, maxPacketSize: Infinity });
  const again = encodeMessages(packet).map((message) => assembler.push(message));
  require(describe(again.at(-1)) === describe(packet), "The packet changes on its way");
}
