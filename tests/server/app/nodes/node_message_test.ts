/** Messages and questions between nodes, as text: a line of JSON, and behind it the data. */

import { assertEquals, assertThrows } from "@std/assert";
import { allClients } from "../../../../server/app/clients/selection.ts";
import {
  decodeNodeMessage,
  encodeNodeMessage,
  type NodeMessage,
  type NodeQuestion,
} from "../../../../server/app/nodes/node_message.ts";

const selection = { ...allClients, rooms: ["déck\n\u2028"] };

Deno.test("decodeNodeMessage() reads what encodeNodeMessage() has written", () => {
  const messages: (NodeMessage | NodeQuestion)[] = [
    { type: "emit", selection, event: "note", text: '{"text":"a\\nb"}' },
    { type: "emit", selection, event: "note", text: "" },
    { type: "join", selection, room: "bridge" },
    { type: "disconnect", selection, code: 4000, reason: "Bye" },
    { type: "presence", room: "", userId: "ada", status: "offline" },
    { type: "event", event: "changed", text: '"x"' },
    { type: "ack", selection, event: "vote", text: 'args[1,"\\n"]', timeout: 5_000 },
    { type: "members", selection, limit: 10 },
    { type: "total", selection },
  ];
  for (const message of messages) {
    assertEquals(decodeNodeMessage(encodeNodeMessage(message)), message);
  }
});

Deno.test("hostile 266: decodeNodeMessage() refuses what no node of this program sends", () => {
  for (
    const encoded of [
      "",
      "null",
      "[]",
      "{",
      '{"type":"shutdown"}',
      '{"type":"__proto__"}',
      '{"type":"emit","selection":{},"event":"note"}\n1',
      '{"type":"emit","selection":null,"event":"note"}\n1',
      '{"type":"join","selection":{"rooms":[1],"users":[],"clients":[],"except":[]},"room":"a"}',
      `{"type":"members","selection":${JSON.stringify(selection)},"limit":-1}`,
      '{"type":"presence","room":"","userId":"ada","status":"away"}',
      '{"type":"event","event":"changed"}',
    ]
  ) {
    assertThrows(() => decodeNodeMessage(encoded), Error, undefined, encoded);
  }
});
