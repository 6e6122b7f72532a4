/** The server with Java's own client. */

import { assertEquals } from "@std/assert";
import { EchoServer } from "../support/echo.ts";
import { optional, programPath } from "../support/optional.ts";

Deno.test({
  name: "serve() talks with java.net.http.WebSocket",
  ...optional("java"),
  async fn() {
    await using server = new EchoServer();
    const source = new URL("../support/java_client.java", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(programPath("java"), {
      args: [source, server.url()],
      env: { JAVA_TOOL_OPTIONS: "-XX:TieredStopAtLevel=1 -Xmx256m" },
    }).output();
    const decoder = new TextDecoder();
    assertEquals(
      [code, decoder.decode(stdout)],
      [0, "Ahoy\n1000\n4000 \n"],
      decoder.decode(stderr),
    );
    assertEquals(server.closes, [{ code: 4000, reason: "ashore", wasClean: true }]);
  },
});
