import { assertEquals } from "@std/assert";
import { IdleWatch } from "../../../client/line/idle_watch.ts";
import { ManualClock } from "../../support/clients.ts";

function setUp(idleTimeout = 60) {
  const clock = new ManualClock();
  const news: string[] = [];
  const watch = new IdleWatch(idleTimeout, 10, clock, {
    probe: () => news.push(`probe ${clock.now()}`),
    dead: () => news.push(`dead ${clock.now()}`),
  });
  return { clock, news, watch };
}

Deno.test("IdleWatch asks after silence, and takes silence for the end", () => {
  const { clock, news, watch } = setUp();
  watch.start();
  clock.pass(100);
  assertEquals(news, ["probe 60", "dead 70"]);
});

Deno.test("IdleWatch is content with anything that is heard", () => {
  const { clock, news, watch } = setUp();
  watch.start();
  clock.pass(50);
  watch.received();
  clock.pass(59);
  assertEquals(news, []);
  clock.pass(1);
  watch.received();
  assertEquals(news, ["probe 110"]);
  clock.pass(59);
  assertEquals(news, ["probe 110"]);
  clock.pass(1);
  assertEquals(news, ["probe 110", "probe 170"]);
});

Deno.test("IdleWatch.check() asks now", () => {
  const { clock, news, watch } = setUp();
  watch.start();
  clock.pass(5);
  watch.check();
  clock.pass(10);
  assertEquals(news, ["probe 5", "dead 15"]);
});

Deno.test("IdleWatch.stop() ends it", () => {
  const { clock, news, watch } = setUp();
  watch.start();
  watch.check();
  watch.stop();
  assertEquals([news, clock.size], [["probe 0"], 0]);
});

Deno.test("IdleWatch without a timeout never asks", () => {
  const { clock, news, watch } = setUp(0);
  watch.start();
  watch.check();
  assertEquals([news, clock.size], [[], 0]);
});
