/** Packets of Socket.IO for tests, as ours and as those of its own parser. */

import * as fc from "fast-check";
import type { Packet, PacketType } from "../../../server/socketio/packet.ts";

/** The types by their numbers. */
export const theirTypes: readonly PacketType[] = [
  "connect",
  "disconnect",
  "event",
  "ack",
  "connect_error",
];

/** The same packet as `socket.io-parser` has it. */
export function theirPacket(
  { type, namespace: nsp, id, data }: Packet,
): { type: number; nsp: string; data: unknown; id?: number } {
  const packet = { type: theirTypes.indexOf(type), nsp, data };
  return id === undefined ? packet : { ...packet, id };
}

const namespace = fc.oneof(
  fc.constant("/"),
  fc.string({ maxLength: 40 }).map((name) => `/${name.replaceAll(",", "")}`),
);

const id = fc.oneof(fc.nat(), fc.maxSafeNat());

/** Values that JSON carries unchanged: no -0, and no key that is dropped. */
const json = fc.jsonValue({ noUnicodeString: false }).map((value): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto"))
);

const object = fc.dictionary(fc.string().filter((key) => key !== "__proto__"), json, {
  noNullPrototype: true,
}).map((value): unknown => JSON.parse(JSON.stringify(value)));

/** Names of events: no reserved one is that short. */
const eventName = fc.string({ maxLength: 6 });

/** An event or an acknowledgement around some arguments. */
export function packetOf(args: fc.Arbitrary<unknown[]>): fc.Arbitrary<Packet> {
  const event = fc.tuple(eventName, args).map(([name, rest]) => [name, ...rest]);
  return fc.oneof(
    fc.record({ type: fc.constant("event" as const), namespace, data: event }),
    fc.record({ type: fc.constant("event" as const), namespace, id, data: event }),
    fc.record({ type: fc.constant("ack" as const), namespace, id, data: args }),
  );
}

/** Any packet without bytes. */
export const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    type: fc.constant("connect" as const),
    namespace,
    data: fc.oneof(fc.constant(undefined), object),
  }),
  fc.record({ type: fc.constant("disconnect" as const), namespace, data: fc.constant(undefined) }),
  fc.record({ type: fc.constant("connect_error" as const), namespace, data: object }),
  packetOf(fc.array(json)),
);

/** Any event or acknowledgement with bytes in it. */
export const binaryPacket: fc.Arbitrary<Packet> = packetOf(
  fc.tuple(
    fc.uint8Array(),
    fc.array(
      fc.oneof(json, fc.uint8Array(), fc.record({ deep: fc.tuple(json, fc.uint8Array()) })),
      { maxLength: 4 },
    ),
  )
    .map(([bytes, rest]) => [...rest, bytes]),
);
