/** The thread of a node: does what the test orders; see threaded_nodes.ts. */

import { parentPort } from "node:worker_threads";
import type { BrokerEars, BrokerLink } from "../../server/app/streams/broker.ts";
import { workerBroker } from "../../server/workers/worker_broker.ts";
import type { Order, Report } from "./threaded_nodes.ts";

const broker = workerBroker()!;
const links: BrokerLink[] = [];
const questions = new Map<number, PromiseWithResolvers<string>>();
let questionId = 0;

parentPort!.once("message", (port: MessagePort) => {
  const report = (each: Report) => port.postMessage(each);
  port.onmessage = ({ data }: MessageEvent<Order>) => void obey(data, report);
});

async function obey(order: Order, report: (report: Report) => void): Promise<void> {
  const { id, waits } = order;
  if (waits !== undefined) return answerNow(order, waits, report);
  if (order.path[0] === "reply") return replied(...order.args as [number, string, unknown]);
  try {
    report({ type: "done", id, value: await execute(order, report) });
  } catch (error) {
    report({ type: "failed", id, message: (error as Error).message });
  }
}

function answerNow(order: Order, waits: SharedArrayBuffer, report: (report: Report) => void): void {
  let text: string;
  try {
    text = JSON.stringify({ value: execute(order, report) });
  } catch (error) {
    text = JSON.stringify({ failure: (error as Error).message });
  }
  const bytes = new TextEncoder().encode(text);
  new Uint8Array(waits, 4).set(bytes);
  const length = new Int32Array(waits, 0, 1);
  Atomics.store(length, 0, bytes.length);
  Atomics.notify(length, 0);
}

function execute({ link, path, args }: Order, report: (report: Report) => void): unknown {
  const [first, ...rest] = path as [string, ...string[]];
  if (first === "link") {
    links.push(broker.link(args[0] as string, earsOf(links.length, report)));
    return undefined;
  }
  let owner: object = link === undefined ? broker : links[link]!;
  if (first === "dispose") return Reflect.get(owner, Symbol.asyncDispose).call(owner);
  let value: unknown = Reflect.get(owner, first);
  for (const name of rest) {
    owner = value as object;
    value = Reflect.get(owner, name);
  }
  return typeof value === "function" ? Reflect.apply(value, owner, args) : value;
}

/** Tells the test all that is heard. */
function earsOf(link: number, report: (report: Report) => void): BrokerEars {
  const ear = (name: keyof BrokerEars) => (...args: unknown[]) => {
    report({ type: "heard", link, ear: name, args, question: undefined });
  };
  return {
    published: ear("published"),
    stands: ear("stands"),
    told: ear("told"),
    gone: ear("gone"),
    vanished: ear("vanished"),
    appeared: ear("appeared"),
    state: ear("state"),
    asked(...args) {
      const question = questionId++;
      const answer = Promise.withResolvers<string>();
      questions.set(question, answer);
      report({ type: "heard", link, ear: "asked", args, question });
      return answer.promise;
    },
  };
}

function replied(question: number, value: string, failure: unknown): void {
  const answer = questions.get(question);
  if (failure === undefined) answer?.resolve(value);
  else answer?.reject(failure);
}
