/** Requests of sessions between workers: each goes to the worker that has its session. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { serve } from "@hawser/ws";
import type { PlainRequest } from "@hawser/ws/workers";
import { waitFor } from "../../support/wait.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const request: PlainRequest = {
  url: "http://a/events?session=1",
  method: "POST",
  headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]],
  body: bytes("\0\xff"),
  remoteAddress: "::1",
};

Deno.test("SessionPort hands requests to the worker that is named, and brings its answer back", async () => {
  await using made = new WorkerNodes(3);
  const ports = made.nodes.map(({ sharedPort }) => sharedPort);
  const [one, two, three] = ports as [typeof ports[0], typeof ports[0], typeof ports[0]];
  await waitFor(() =>
    ports.every((each) => ports.every(({ node }) => each.has(node) === (node !== each.node)))
  );
  const heard: PlainRequest[] = [];
  three!.receive((each) => {
    heard.push(each);
    return Promise.resolve({ status: 201, headers: [["a", "b"]], body: bytes("aye") });
  });
  const { signal } = new AbortController();
  const answer = await one!.forward(three!.node, request, signal);
  assertEquals(answer, { status: 201, headers: [["a", "b"]], body: bytes("aye") });
  assertEquals(heard, [request]);
  await assertRejects(() => one!.forward(two!.node, request, signal), Error, "does not answer");
  await assertRejects(() => one!.forward("nobody00", request, signal), Error, "does not answer");
  assertThrows(() => three!.receive(() => Promise.reject(new Error())), TypeError, "twice");
});

Deno.test("SessionPort ends a request whose client has gone, or the worker that has taken it", async () => {
  await using made = new WorkerNodes(2);
  const [one, two] = made.nodes.map(({ sharedPort }) => sharedPort);
  const signals: AbortSignal[] = [];
  two!.receive((_request, signal) => {
    signals.push(signal);
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("gone")));
    });
  });
  await waitFor(() => one!.has(two!.node));
  const leaving = new AbortController();
  const asking = [leaving.signal, new AbortController().signal, AbortSignal.abort()]
    .map((signal) => assertRejects(() => one!.forward(two!.node, request, signal)));
  await waitFor(() => signals.length === 3 && signals[2]!.aborted);
  leaving.abort();
  await waitFor(() => signals[0]!.aborted);
  assertEquals(signals.map(({ aborted }) => aborted), [true, false, true]);
  await Promise.all([asking[0], asking[2]]);
  await made.nodes[0]![Symbol.asyncDispose]();
  await waitFor(() => signals[1]!.aborted);
  await asking[1];
});

Deno.test("serve() takes a sharedPort for loadBalanced, and nothing else", () => {
  const options = { port: 0, loadBalanced: {} } as unknown as { port: number };
  assertThrows(() => serve(options, () => {}), TypeError, "sharedPort");
});
