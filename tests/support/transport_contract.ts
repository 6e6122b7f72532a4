/** The contract of the client's transports, run against a real server. */

import { assertEquals } from "@std/assert";
import { systemClock } from "../../wire/clock.ts";
import type { CloseInfo } from "../../client/close_code.ts";
import type { HttpOptions } from "../../client/transports/http.ts";
import { encodeEvent, readAnswer } from "../../client/message.ts";
import { parseServerMessage } from "../../wire/server_message.ts";
import type { OpenTransport, Target, Transport } from "../../client/transports/transport.ts";
import { ClientServer } from "./client_app.ts";
import { waitFor } from "./wait.ts";

/** A transport, and what it has reported. */
export class Probe implements AsyncDisposable {
  readonly transport: Transport;
  readonly heard: unknown[] = [];
  readonly closes: CloseInfo[] = [];
  connected = 0;
  opened = 0;
  alive = 0;
  /** The messages that the server has refused. */
  readonly refused: unknown[] = [];

  constructor(open: OpenTransport, target: Target) {
    this.transport = open(target, {
      connected: () => void this.connected++,
      opened: () => void this.opened++,
      message: (data) => void this.heard.push(typeof data === "string" ? JSON.parse(data) : data),
      alive: () => void this.alive++,
      refused: (data) => void this.refused.push(data),
      closed: (close) => void this.closes.push(close),
    });
  }

  /** Answers that have come, by their requests. */
  get answers(): Record<string, unknown> {
    const acks = this.heard.map((each) => parseServerMessage(JSON.stringify(each)))
      .filter((each) => each.kind === "answer");
    return Object.fromEntries(acks.map(({ id, answer }) => [id, readAnswer(answer)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close();
  }
}

/** Settings of the transports over HTTP, with the clock and the network of the runtime. */
export const httpOptions: HttpOptions = {
  paths: { sse: "/sse", poll: "/poll", events: "/events" },
  fetch: (url, init) => fetch(url, init),
  maxMessageSize: 1_048_576,
  clock: systemClock,
};

/** Where a server is. */
export function targetOf({ url }: { readonly url: string }): Target {
  return { url: new URL(url), protocols: [] };
}

/** Defines the tests of one transport. */
export function transportContract(name: string, open: OpenTransport): void {
  Deno.test(`${name} opens, and brings the welcome`, async () => {
    await using server = new ClientServer();
    await using probe = new Probe(open, targetOf(server));
    await waitFor(() => probe.opened === 1 && probe.heard.length > 0);
    assertEquals(parseServerMessage(JSON.stringify(probe.heard[0])).kind, "system");
  });

  Deno.test(`${name} carries requests and answers in order`, async () => {
    await using server = new ClientServer();
    await using probe = new Probe(open, targetOf(server));
    await waitFor(() => probe.opened === 1);
    for (let n = 0; n < 5; n++) probe.transport.send(encodeEvent("echo", { n }, `${n}`));
    await waitFor(() => Object.keys(probe.answers).length === 5);
    assertEquals(Object.values(probe.answers), [0, 1, 2, 3, 4].map((n) => ({ data: { n } })));
  });

  Deno.test(`${name} carries an answer while a request waits for it`, async () => {
    await using server = new ClientServer();
    await using probe = new Probe(open, targetOf(server));
    await waitFor(() => probe.opened === 1);
    probe.transport.send(encodeEvent("confirm", "sure?", "1"));
    const isQuestion = (each: unknown) => "id" in parseServerMessage(JSON.stringify(each));
    await waitFor(() => probe.heard.some(isQuestion));
    const { id } = probe.heard.find(isQuestion) as { id: string };
    probe.transport.send(JSON.stringify({ ack: id, data: "yes" }), "answer");
    await waitFor(() => "1" in probe.answers);
    assertEquals(probe.answers, { "1": { data: "yes" } });
  });

  Deno.test(`${name} brings what is published`, async () => {
    await using server = new ClientServer();
    await using probe = new Probe(open, targetOf(server));
    await waitFor(() => probe.opened === 1);
    probe.transport.send(encodeEvent("room:join", { roomId: "deck" }));
    await waitFor(() => probe.heard.length === 2);
    await server.say("deck", "a", "b");
    await waitFor(() => probe.heard.length === 4);
    const texts = probe.heard.slice(2).map((each) => (each as { text: string }).text);
    assertEquals(texts, ["a", "b"]);
  });

  Deno.test(`${name} tells how the server has ended it`, async () => {
    await using server = new ClientServer();
    await using probe = new Probe(open, targetOf(server));
    await waitFor(() => server.app.size === 1);
    const [client] = server.app.broadcast.clients();
    client?.close(4000, "enough");
    await waitFor(() => probe.closes.length === 1);
    assertEquals(probe.closes, [{ code: 4000, reason: "enough", wasClean: true }]);
  });

  Deno.test(`${name} tells that there is no server`, async () => {
    await using probe = new Probe(open, targetOf({ url: "ws://127.0.0.1:1/ws" }));
    await waitFor(() => probe.closes.length === 1);
    assertEquals([probe.opened, probe.closes[0]?.code], [0, 1006]);
  });

  Deno.test(`${name} leaves the server as soon as it is closed`, async () => {
    await using server = new ClientServer();
    const probe = new Probe(open, targetOf(server));
    await waitFor(() => probe.opened === 1 && probe.heard.length > 0);
    await probe.transport.close();
    await waitFor(() => server.app.size === 0);
  });

  Deno.test(`${name} reports nothing once it is closed`, async () => {
    await using server = new ClientServer();
    const probe = new Probe(open, targetOf(server));
    await waitFor(() => server.app.size === 1);
    server.app.emit("question", 1);
    const count = probe.heard.length;
    await probe.transport.close();
    assertEquals([probe.heard.length, probe.closes], [count, []]);
  });
}
