import { assertEquals } from "@std/assert";
import { WebSocket as PackageWebSocket } from "ws";
import { findWebSocket, webSocketTransport } from "../../../client/transports/websocket.ts";
import { fakeWebSockets } from "../../support/fake_web_socket.ts";
import { EchoServer } from "../../support/echo.ts";
import { Probe, targetOf, transportContract } from "../../support/transport_contract.ts";
import { waitFor } from "../../support/wait.ts";

transportContract("webSocketTransport()", webSocketTransport(WebSocket, true));
transportContract("webSocketTransport(ws)", webSocketTransport(PackageWebSocket, true));

Deno.test("findWebSocket() prefers what is given", () => {
  assertEquals(findWebSocket(PackageWebSocket), PackageWebSocket);
  assertEquals(findWebSocket(undefined), WebSocket);
});

Deno.test("webSocketTransport() presents the token as it is told to", () => {
  const { WebSocket, sockets } = fakeWebSockets();
  const open = webSocketTransport(WebSocket, false);
  const target = { url: new URL("ws://server.test/ws?name=Ada"), protocols: ["chat"] };
  const handlers = {
    connected() {},
    opened() {},
    message() {},
    alive() {},
    refused() {},
    closed() {},
  };
  open(target, handlers);
  open({ ...target, token: "t&", tokenBy: "query" }, handlers);
  open({ ...target, token: "t", tokenBy: "subprotocol" }, handlers);
  assertEquals(sockets.map(({ url, protocols }) => [url, protocols]), [
    ["ws://server.test/ws?name=Ada", ["chat"]],
    ["ws://server.test/ws?name=Ada&token=t%26", ["chat"]],
    ["ws://server.test/ws?name=Ada", ["chat", "bearer.t"]],
  ]);
});

Deno.test("webSocketTransport() carries bytes of any kind", async () => {
  await using echo = new EchoServer();
  const heard: unknown[] = [];
  const transport = webSocketTransport(WebSocket, false)(targetOf({ url: echo.url() }), {
    connected() {},
    opened() {
      for (const data of [Uint8Array.of(1, 2), Uint8Array.of(3).buffer, new Blob(["a"])]) {
        transport.send(data);
      }
    },
    message: (data) => void heard.push(data),
    alive() {},
    refused() {},
    closed() {},
  });
  await waitFor(() => heard.length === 3);
  assertEquals(heard.map((data) => [...new Uint8Array(data as ArrayBuffer)]), [[1, 2], [3], [97]]);
  await transport.close();
});

Deno.test("webSocketTransport() opens no connection that was closed before", async () => {
  await using echo = new EchoServer();
  const probe = new Probe(webSocketTransport(WebSocket, false), targetOf({ url: echo.url() }));
  await probe.transport.close();
  assertEquals([probe.opened, probe.closes], [0, []]);
});
