import { assertEquals } from "@std/assert";
import { pollTransport } from "../../../client/transports/poll.ts";
import { ClientServer } from "../../support/client_app.ts";
import {
  httpOptions,
  Probe,
  targetOf,
  transportContract,
} from "../../support/transport_contract.ts";
import { waitFor } from "../../support/wait.ts";

transportContract("pollTransport()", pollTransport(httpOptions));

Deno.test("pollTransport() polls again when nothing has come, and is still the same client", async () => {
  await using server = new ClientServer({ fallback: { pollTimeout: 5 } });
  await using probe = new Probe(pollTransport(httpOptions), targetOf(server));
  await waitFor(() => probe.alive > 3);
  assertEquals([probe.opened, probe.heard.length, server.app.size], [1, 1, 1]);
});

Deno.test("pollTransport() ends with an answer that is none", async () => {
  const fetch = () => Promise.resolve(new Response("[]"));
  const probe = new Probe(
    pollTransport({ ...httpOptions, fetch }),
    targetOf({ url: "ws://a.test/ws" }),
  );
  await waitFor(() => probe.closes.length === 1);
  assertEquals([probe.opened, probe.closes[0]?.code], [0, 1006]);
});
