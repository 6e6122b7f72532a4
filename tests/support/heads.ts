/** Heads as text, cut in every way on their way into a parser. */

import { assertEquals, assertThrows } from "@std/assert";
import { HandshakeError } from "../../protocol/errors.ts";
import {
  type HeadLimits,
  type RequestHead,
  RequestParser,
  type ResponseHead,
  ResponseParser,
} from "../../protocol/http1.ts";
import { encodeLatin1 } from "../../protocol/latin1.ts";
import { forEachSplit } from "./splits.ts";

/** The default limits. */
export const headLimits: HeadLimits = {
  maxRequestLine: 8192,
  maxHeaderSize: 16_384,
  maxHeaders: 100,
};

/** The key of RFC 6455 §1.3, and its answer. */
export const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==";
export const sampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The fields of an upgrade request that is in order. */
export const upgradeFields: readonly (readonly [name: string, value: string])[] = [
  ["Host", "example.com"],
  ["Upgrade", "websocket"],
  ["Connection", "keep-alive, Upgrade"],
  ["Sec-WebSocket-Key", sampleKey],
  ["Sec-WebSocket-Version", "13"],
];

/** Text of a head: its first line and its fields. */
export function headText(
  firstLine: string,
  fields: Iterable<readonly [name: string, value: string]>,
): string {
  return `${firstLine}\r\n${
    Array.from(fields, ([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n`;
}

/** Parses a request in every split; what stands behind the head must be left alone. */
export function parseRequest(text: string, behind = "", limits = headLimits): RequestHead {
  return parseInEverySplit(() => new RequestParser(limits), text, behind);
}

/** Parses a response in every split. */
export function parseResponse(text: string, behind = "", limits = headLimits): ResponseHead {
  return parseInEverySplit(() => new ResponseParser(limits), text, behind);
}

/** Asserts that a request is refused with a status, wherever its bytes are cut. */
export function assertRequestRefused(text: string, status: number, limits = headLimits): void {
  assertRefused(() => new RequestParser(limits), text, status);
}

/** Asserts that a response is refused, wherever its bytes are cut. */
export function assertResponseRefused(text: string, limits = headLimits): void {
  assertRefused(() => new ResponseParser(limits), text, 0);
}

interface Parser<Head> {
  readonly head: Head | undefined;
  push(chunk: Uint8Array): number;
}

function parseInEverySplit<Head>(make: () => Parser<Head>, text: string, behind: string): Head {
  const heads: Head[] = [];
  forEachSplit(encodeLatin1(text + behind), (chunks, how) => {
    const parser = make();
    let taken = 0;
    for (const chunk of chunks) taken += parser.push(chunk);
    assertEquals(taken, text.length, how);
    heads.push(parser.head!);
    assertEquals(describe(parser.head), describe(heads[0]), how);
  });
  return heads[0]!;
}

function assertRefused(make: () => Parser<unknown>, text: string, status: number): void {
  forEachSplit(encodeLatin1(text), (chunks, how) => {
    const parser = make();
    const error = assertThrows(() => {
      for (const chunk of chunks) parser.push(chunk);
    }, HandshakeError);
    assertEquals(error.status, status, how);
    assertEquals(parser.head, undefined, how);
  });
}

/** A head as plain data, its fields as a list. */
function describe(head: unknown): unknown {
  const { fields, ...rest } = head as RequestHead | ResponseHead;
  return { ...rest, fields: [...fields] };
}
