import { assertThrows } from "@std/assert";
import { checkData } from "../../../client/transports/transport.ts";

Deno.test("checkData() takes text, and bytes where they are carried", () => {
  const bytes = [
    new ArrayBuffer(1),
    new Uint8Array(1),
    new DataView(new ArrayBuffer(1)),
    new Blob([]),
  ];
  checkData("", false);
  for (const data of bytes) {
    checkData(data, true);
    assertThrows(() => checkData(data, false), TypeError, "only text is carried");
  }
});

Deno.test("checkData() refuses what no WebSocket sends", () => {
  const shared = new SharedArrayBuffer(1);
  const values = [shared, new Uint8Array(shared), 1, null, undefined, {}, [], 1n, Symbol("x")];
  for (const value of values) assertThrows(() => checkData(value, true), TypeError, "Cannot send");
});
