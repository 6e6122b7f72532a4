/** Tests of server/socketio/engine_log.ts. */

import { assert, assertEquals } from "@std/assert";
import { engine } from "../../../server/socketio/engine.ts";
import type { WireContext } from "../../../server/wires/wire.ts";
import { ManualClock } from "../../support/clients.ts";
import { contextOf, wireRequest } from "../../support/engine.ts";

Deno.test("logPolling() logs a session that polls, and not its secret", async () => {
  const lines: unknown[] = [];
  const log: WireContext["log"] = {
    opened: ({ id, ...session }, requested, transport) => {
      assert(!sids.includes(id));
      lines.push([session, requested, transport]);
    },
    closed: (_session, close) => lines.push(close),
    ended: (_session, traffic) => lines.push(traffic),
  };
  const sids: string[] = [];
  const wire = engine({}, (socket) => {
    sids.push(socket.sid);
    socket.on("message", (data) => void socket.send(data));
  })(contextOf(new ManualClock(), { log }));
  const ask = async (query: string, init?: RequestInit) => {
    const request = new Request(
      `http://localhost/engine.io/?EIO=4&transport=polling${query}`,
      init,
    );
    const info = { remoteAddress: "192.0.2.1", protocols: [] };
    return await (await wire.fetch?.(wireRequest(request, info)))?.text();
  };
  await ask("");
  assertEquals(lines, [[{ remoteAddress: "192.0.2.1", protocol: "" }, {
    origin: undefined,
    path: "/engine.io/",
  }, "poll"]]);
  await ask(`&sid=${sids[0]}`, { method: "POST", body: "4ab\x1e4c" });
  await ask(`&sid=${sids[0]}`);
  await ask(`&sid=${sids[0]}`, { method: "POST", body: "1" });
  assertEquals(lines.slice(1), [
    { code: 1006, reason: "transport close", wasClean: false },
    { messagesIn: 2, messagesOut: 2, bytesIn: 7, bytesOut: 5 },
  ]);
});
