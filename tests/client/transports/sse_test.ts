import { assertEquals } from "@std/assert";
import { sseTransport } from "../../../client/transports/sse.ts";
import { ClientServer } from "../../support/client_app.ts";
import {
  httpOptions,
  Probe,
  targetOf,
  transportContract,
} from "../../support/transport_contract.ts";
import { waitFor } from "../../support/wait.ts";

transportContract("sseTransport()", sseTransport(httpOptions));

Deno.test("sseTransport() passes on the signs of life of a silent server", async () => {
  await using server = new ClientServer({ fallback: { heartbeat: 5 } });
  await using probe = new Probe(sseTransport(httpOptions), targetOf(server));
  await waitFor(() => probe.opened === 1);
  const before = probe.alive;
  await waitFor(() => probe.alive > before + 2);
  assertEquals(probe.heard.length, 1);
});

Deno.test("sseTransport() has not opened before the session has a name", async () => {
  const body = ReadableStream.from([new TextEncoder().encode(':\n\ndata: {"type":"news"}\n\n')]);
  const fetch = () => Promise.resolve(new Response(body));
  const probe = new Probe(
    sseTransport({ ...httpOptions, fetch }),
    targetOf({ url: "ws://a.test/ws" }),
  );
  await waitFor(() => probe.closes.length === 1);
  assertEquals([probe.opened, probe.heard], [0, [{ type: "news" }]]);
  assertEquals(probe.closes, [{ code: 1006, reason: "", wasClean: false }]);
});
