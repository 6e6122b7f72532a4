/** The first thread's state of one namespace: followed topics, and users by node. */

import { assertEquals } from "@std/assert";
import { linkTo } from "../../support/broker_contract.ts";
import { waitFor } from "../../support/wait.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

Deno.test("hostile 311: a worker that dies takes its users along, and is waited for by nobody", async () => {
  await using made = new WorkerNodes(2);
  const [one, other] = made.nodes.map((node) => linkTo(node));
  const vanished: string[] = [];
  one!.ears.vanished = (...args: string[]) => void vanished.push(args.join(" "));
  await one!.link.presence.enter("deck", "ada", one!.link.node);
  for (const user of ["ada", "bob"]) await other!.link.presence.enter("deck", user, "");
  other!.ears.answer = () => new Promise(() => {});
  const asking = one!.link.ask("all", "who?", 60_000);
  await waitFor(() => other!.ears.questions.length > 0);
  made.handles[1]!.died();
  assertEquals(await asking, { replies: [], missing: 1 });
  await waitFor(() => vanished.length > 0);
  assertEquals(vanished, ["deck bob"]);
  assertEquals(one!.ears.goneNodes, [`${other!.link.node} lost`]);
  assertEquals(await one!.link.presence.users("deck", 10), ["ada"]);
  assertEquals(one!.link.nodes().length, 1);
});

Deno.test("hostile 312: a worker that takes nothing costs 16 MiB, and reads what it has missed", async () => {
  await using made = new WorkerNodes(1);
  const { link } = linkTo(made.nodes[0]!);
  const { port1, port2 } = new MessageChannel();
  made.switchboard.connect(port2, { serving() {}, left() {}, silent() {} });
  const batches: { messages: { type: string; position: { seq: number } }[]; size: number }[] = [];
  port1.onmessage = ({ data }) => void (typeof data === "number" || batches.push(data));
  const say = (...messages: unknown[]) => port1.postMessage({ messages, size: 0 });
  say(
    { type: "hello", info: { node: "stubborn", startedAt: 0 } },
    { type: "link", link: 0, scope: "/" },
    { type: "call", link: 0, id: 0, call: { name: "follow", args: ["room:deck"] } },
  );
  const came = () => batches.flatMap(({ messages }) => messages);
  await waitFor(() => came().some(({ type }) => type === "result"));
  const text = JSON.stringify("x".repeat(500_000));
  for (let i = 0; i < 30; i++) await link.publish("deck", "note", text);
  link.tell("all", "lost");
  await waitFor(() => made.nodes[0]!.stats().dropped === 1);
  const count = came().filter(({ type }) => type === "published").length;
  assertEquals(count, 17); // of one million bytes each, until 16 MiB are passed
  port1.postMessage(batches.reduce((sum, { size }) => sum + size, 0));
  await waitFor(() => came().some(({ type }) => type === "stands"));
  assertEquals(came().at(-1)?.position.seq, 30);
  port1.close();
});
