/** Tests of server/net/http/response_target.ts. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { decodeLatin1 } from "../../../../protocol/latin1.ts";
import {
  RecordingTarget,
  type ResponseTarget,
} from "../../../../server/net/http/response_target.ts";

/** A peer that keeps what it is sent, and what was kept of that. */
function open(): {
  readonly target: ResponseTarget;
  readonly recording: RecordingTarget;
  readonly calls: string[];
  readonly kept: [text: string, asksToEnd: boolean][];
} {
  const calls: string[] = [];
  const kept: [string, boolean][] = [];
  const call = (name: string, ...parts: (string | Uint8Array)[]): Promise<void> => {
    const texts = parts.map((part) => typeof part === "string" ? part : decodeLatin1(part));
    calls.push(`${name} ${texts.join("+")}`);
    return Promise.resolve();
  };
  const target: ResponseTarget = {
    method: "HEAD",
    version: 0,
    ends: (isAsked) => !isAsked,
    keepAlive: 64,
    signal: new AbortController().signal,
    aborted: false,
    streaming: () => void call("streaming"),
    turnToWrite: () => call("turn"),
    sendWhole: (head, body) => call("whole", head, body),
    sendPrepared: (bytes) => call("prepared", bytes),
    sendHead: (head, body) => call("head", head, body),
    send: (bytes) => call("send", bytes),
  };
  const recording = new RecordingTarget(target, (bytes, asksToEnd) => {
    kept.push([decodeLatin1(bytes), asksToEnd]);
  });
  return { target, recording, calls, kept };
}

Deno.test("RecordingTarget asks the target", () => {
  const { target, recording } = open();
  assertEquals([recording.method, recording.version, recording.keepAlive], ["HEAD", 0, 64]);
  assertEquals([recording.ends(true), recording.ends(false)], [false, true]);
  assertStrictEquals(recording.signal, target.signal);
  assertEquals(recording.aborted, false);
});

Deno.test("RecordingTarget keeps what is written whole", async () => {
  const { recording, calls, kept } = open();
  recording.ends(true);
  await recording.sendWhole("h\u00fc", Uint8Array.of(0x62, 0xfc));
  await recording.sendPrepared(Uint8Array.of(0x63));
  assertEquals(kept, [["h\u00fcb\u00fc", true], ["c", true]]);
  assertEquals(calls, ["prepared h\u00fcb\u00fc", "prepared c"]);
});

Deno.test("RecordingTarget keeps nothing that is written in parts", async () => {
  const { recording, calls, kept } = open();
  recording.streaming();
  await recording.turnToWrite();
  await recording.sendHead("h", Uint8Array.of(0x62));
  await recording.send(Uint8Array.of(0x63));
  assertEquals([calls, kept], [["streaming ", "turn ", "head h+b", "send c"], []]);
});
