import { assertEquals } from "@std/assert";
import { Deferred } from "../../../client/deferred.ts";
import { endTransport } from "../../../client/transports/ending.ts";
import type { Transport } from "../../../client/transports/transport.ts";
import { ManualClock } from "../../support/clients.ts";

/** Ends a transport; tells what is done with it. */
function setUp(end: () => Promise<void>) {
  const clock = new ManualClock();
  const done: unknown[] = [];
  const transport: Transport = {
    bufferedAmount: 0,
    isCongested: false,
    send() {},
    close(...close) {
      done.push(close);
      return end();
    },
    terminate: () => void done.push("terminate"),
  };
  const ended = endTransport(transport, { code: 4000, reason: "enough" }, {
    clock,
    closeTimeout: 100,
  });
  return { clock, done, ended };
}

Deno.test("endTransport() resolves with the end, however that comes", async () => {
  const ends = [
    () => Promise.resolve(),
    () => Promise.reject(new Error("No")),
    () => {
      throw new Error("No");
    },
  ];
  for (const end of ends) {
    const { clock, done, ended } = setUp(end);
    await ended;
    assertEquals([done, clock.size], [[[4000, "enough"]], 0]);
  }
});

Deno.test("endTransport() waits only so long", async () => {
  const end = new Deferred<void>();
  const { clock, done, ended } = setUp(() => end.promise);
  clock.pass(100);
  await ended;
  end.resolve();
  assertEquals([done, clock.size], [[[4000, "enough"], "terminate"], 0]);
});
