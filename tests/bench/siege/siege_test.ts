import { assert, assertEquals } from "@std/assert";
import { floods } from "../../../bench/siege/floods/mod.ts";
import { servers } from "../../../bench/siege/servers.ts";
import { besiege } from "../../../bench/siege/siege.ts";

const means = { cores: undefined, clients: 3, guests: 5, quiet: 1, seconds: 1, settle: 0 };

Deno.test("servers have names of their own", () => {
  assertEquals(new Set(servers.map(({ name }) => name)).size, servers.length);
});

for (const name of ["echo", "chat"]) {
  Deno.test({
    name: `besiege() measures what a flood does to ${name}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const flood = floods.find((each) => each.name === "pings")!;
      const server = servers.find((each) => each.name === name)!;
      const figures = await besiege(flood, { ...server, modules: "" }, means);
      assert(figures.attack.units > 0, "the flood has sent nothing");
      assert(figures.cpu > 0, "the server has worked for nothing");
      assert(figures.quiet.latencies.count > 0, "nobody has asked before the flood");
      assert(figures.loaded.latencies.count > 0, "nobody has asked under the flood");
      assert(figures.quiet.newcomer > 0, "nobody has come");
      assert(figures.before.descriptors > means.clients, "honest clients have no connections");
      assert(figures.peak >= figures.before.resident, "there is no peak");
      assertEquals(figures.lost, 0);
    },
  });
}
