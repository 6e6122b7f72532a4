/** Frames into a connection: one end, the same calls however the bytes are cut, legal output. */

import { isCloseCode } from "../../protocol/close_code.ts";
import { Protocol } from "../../protocol/connection.ts";
import type { Closed, ProtocolOptions } from "../../protocol/connection_options.ts";
import type { DeflateParameters } from "../../protocol/deflate_negotiation.ts";
import { checkFrame, FrameHeader, type Role } from "../../protocol/frame.ts";
import { isControl, Opcode } from "../../protocol/opcode.ts";
import { utf8 } from "../support/bytes.ts";
import { parseFrames, testKey } from "../support/frames.ts";
import { type Note, Notes } from "../support/protocol.ts";
import { cut, mutate, type Random, randomBytes, randomFrames } from "./inputs.ts";
import { require, type Target } from "./target.ts";

/** Small, so that inputs reach the limits. */
const limits = { maxMessageSize: 2000, maxFragments: 3, compressThreshold: 20 };

/** A message's buffer, its fragments, and the window that inflates it. */
const mostHeld = limits.maxMessageSize + limits.maxFragments * 128 + 65_536;

/**
 * The allowed close codes of a connection that was not closed cleanly: the violated rule's, or
 * 1006.
 */
const failures: readonly number[] = [1002, 1006, 1007, 1008, 1009];

/** A connection of either role, with or without compression. */
export function protocolTarget(role: Role, deflate?: DeflateParameters): Target {
  const options = { ...limits, deflate, randomKey: () => testKey };
  return {
    name: `protocol-${role}${deflate === undefined ? "" : "-deflate"}`,
    makeInput(next) {
      if (next() < 0.1) return randomBytes(200, next);
      return mutate(randomFrames(role, deflate !== undefined, next), next);
    },
    run(input, next) {
      const whole = drive(role, options, [input.slice()]);
      const pieces = drive(role, options, cut(input, next), next);
      // Of two faults in one compressed message, how it was cut decides which is met first.
      const same = deflate === undefined
        ? isSame(whole, pieces)
        : isSame(whole.filter(isNoEnd), pieces.filter(isNoEnd));
      require(same, "The calls depend on how the bytes were cut");
    },
  };
}

function isNoEnd(note: Note): boolean {
  return note[0] !== "closed";
}

function isSame(left: readonly Note[], right: readonly Note[]): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** An echo that gets the chunks. With `next` it pauses now and then. */
function drive(
  role: Role,
  options: ProtocolOptions,
  chunks: Iterable<Uint8Array>,
  next?: Random,
): Note[] {
  const notes = new Notes();
  const protocol: Protocol = new Protocol(role, options, {
    message(data) {
      notes.message(data);
      protocol.send(data);
      if (next !== undefined && next() < 0.2) protocol.pause();
    },
    ping: (data) => notes.ping(data),
    pong: (data) => notes.pong(data),
    closed: (close) => notes.closed(close),
  });
  for (const chunk of chunks) {
    protocol.receive(chunk);
    while (protocol.paused && protocol.state !== "closed") protocol.resume();
    require(protocol.heldBytes <= mostHeld, `It holds ${protocol.heldBytes} bytes`);
  }
  protocol.receiveEnd();
  checkNotes(notes);
  checkOutput(role, options, protocol.takeOutput());
  require(protocol.heldBytes === 0 && !protocol.unfinished, "Something is kept after the end");
  return notes.all;
}

function checkNotes(notes: Notes): void {
  require(notes.closes.length === 1, `It ended ${notes.closes.length} times`);
  require(notes.all.at(-1)?.[0] === "closed", "Something came after the end");
  require(isDocumented(notes.closes[0]!), `It ended by ${JSON.stringify(notes.closes[0])}`);
  for (const message of notes.messages) {
    const size = typeof message === "string" ? utf8(message).length : message.length;
    require(size <= limits.maxMessageSize, `A message has ${size} bytes`);
  }
}

function isDocumented({ code, wasClean }: Closed): boolean {
  return wasClean ? isCloseCode(code) || code === 1005 : failures.includes(code);
}

function checkOutput(role: Role, options: ProtocolOptions, output: Uint8Array): void {
  const frames = parseFrames(output);
  const close = frames.findIndex((frame) => frame.opcode === Opcode.Close);
  require(close === -1 || close === frames.length - 1, "A frame was sent after the Close");
  for (const { opcode, payload, fin, rsv1, masked } of frames) {
    const header = Object.assign(new FrameHeader(opcode, payload.length), { fin, rsv1, masked });
    checkFrame(header, role, options.deflate !== undefined);
    require(fin || isControl(opcode), "A message was sent in fragments");
  }
}
