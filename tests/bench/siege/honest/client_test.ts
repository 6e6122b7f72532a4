import { assert, assertEquals, assertRejects } from "@std/assert";
import { serve } from "@hawser/ws";
import { dialectOf } from "../../../../bench/siege/dialects.ts";
import { HonestClient } from "../../../../bench/siege/honest/client.ts";
import { waitFor } from "../../../support/wait.ts";

const local = { port: 0, hostname: "127.0.0.1" } as const;
const from = "127.0.1.7";

Deno.test({
  name: "HonestClient comes from its address, asks and hears the answer",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const addresses: string[] = [];
    await using server = serve(local, (connection) => {
      addresses.push(connection.remoteAddress);
      connection.on("message", (data) => void connection.send(data));
    });
    const dialect = dialectOf("echo", { name: "ada" });
    using client = await HonestClient.open({ port: server.addr.port, from }, dialect);
    await client.askAndWait();
    const { answered, waiting } = client.takeTimes();
    assertEquals([answered.length, waiting.length, client.ended], [1, 0, false]);
    assert(answered[0]! > 0);
    assertEquals(addresses, [from]);
  },
});

Deno.test({
  name: "HonestClient compresses where that is agreed on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const compress = { threshold: 0 };
    await using server = serve({ ...local, compress }, (connection) => {
      connection.on("message", (data) => void connection.send(data));
    });
    const dialect = dialectOf("deflate", { name: "ada" });
    using client = await HonestClient.open({ port: server.addr.port, from }, dialect);
    await client.askAndWait();
    assertEquals(client.takeTimes().answered.length, 1);
  },
});

Deno.test({
  name: "HonestClient tells how long it has waited, and that it was thrown out",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = serve(local, (connection) => {
      connection.on("message", () => connection.close(1013));
    });
    const dialect = dialectOf("echo", { name: "ada" });
    using client = await HonestClient.open({ port: server.addr.port, from }, dialect);
    client.ask();
    await waitFor(() => client.ended);
    assertEquals(client.takeTimes().waiting.length, 1);
    await assertRejects(() => client.askAndWait(), Error, "hung up");
  },
});

Deno.test({
  name: "HonestClient.open() rejects where the server refuses",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const upgrade = () => new Response("No", { status: 403 });
    await using server = serve({ ...local, upgrade }, () => {});
    const dialect = dialectOf("echo", { name: "ada" });
    await assertRejects(
      () => HonestClient.open({ port: server.addr.port, from }, dialect),
      Error,
      "403",
    );
  },
});
