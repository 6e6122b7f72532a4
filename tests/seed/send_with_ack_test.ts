/** A message queue with acknowledgements: `{id, event, data}` answered by `{ack, data}`. */

import { AckError, App } from "@hawser/ws";
import { assertEquals, assertRejects } from "@std/assert";
import { serveApp, type ServedApp } from "../support/json_app.ts";
import type { JsonSocket } from "../support/json_socket.ts";

/** Keeps each message by its id until its acknowledgement, as pages do. */
class Page {
  readonly #pending = new Map<string, PromiseWithResolvers<unknown>>();
  /** Ids of requests that the server has made of us, in their order. */
  readonly asked: string[] = [];

  constructor(readonly socket: JsonSocket) {
    this.#receive().catch(() => {}); // until the connection ends
  }

  sendWithAck(event: string, data: unknown): Promise<unknown> {
    const id = crypto.randomUUID();
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    this.socket.send({ id, event, data });
    return pending.promise;
  }

  async #receive(): Promise<void> {
    while (true) {
      const message = await this.socket.next();
      if (message.event === "question") {
        this.asked.push(message.id);
        if (message.data !== "unanswered") this.socket.send({ ack: message.id, data: "answer" });
      }
      const pending = this.#pending.get(message.ack);
      this.#pending.delete(message.ack);
      if (message.error === undefined) pending?.resolve(message.data);
      else pending?.reject(new Error(message.error.code));
    }
  }
}

async function open(served: ServedApp): Promise<Page> {
  return new Page((await served.connect()).socket);
}

Deno.test("seed: sendWithAck resolves to what the handler returns", async () => {
  const app = new App();
  app.on("message:send", () => ({ status: "ok" }));
  app.on("slow", () => Promise.resolve([1, 2]));
  app.on("silent", () => {});
  await using served = serveApp(app);
  const page = await open(served);
  const answers = await Promise.all([
    page.sendWithAck("message:send", { roomId: "123", content: "Hello!" }),
    page.sendWithAck("slow", {}),
    page.sendWithAck("silent", {}),
  ]);
  assertEquals(answers, [{ status: "ok" }, [1, 2], undefined]);
});

Deno.test("seed: sendWithAck rejects with the code of an error", async () => {
  await using served = serveApp(new App());
  const page = await open(served);
  await assertRejects(() => page.sendWithAck("nothing", {}), Error, "UNKNOWN_EVENT");
});

Deno.test("seed: sendWithAck works the same from the server to a page", async () => {
  const app = new App();
  await using served = serveApp(app);
  const pages = [await open(served), await open(served)];
  assertEquals(await app.emitWithAck("question", "please"), ["answer", "answer"]);
  const [client] = app.broadcast.clients();
  assertEquals(await client?.emitWithAck("question", "please"), "answer");
  assertEquals(pages.map(({ asked }) => asked.length), [2, 1]);
});

Deno.test("seed: sendWithAck to a page rejects after its timeout", async () => {
  const app = new App();
  await using served = serveApp(app);
  const page = await open(served);
  const error = await assertRejects(
    () => app.emitWithAck("question", "unanswered", { timeout: 20 }),
    AckError,
    "Acknowledgement timeout",
  );
  assertEquals([error.code, error.answers], ["ACK_TIMEOUT", []]);
  page.socket.send({ ack: page.asked[0], data: "late" });
  assertEquals(await app.emitWithAck("question", "please"), ["answer"]);
});

Deno.test("seed: sendWithAck to a page works within a handler of the same page's event", async () => {
  const app = new App();
  app.on("confirm", async (client) => ({ said: await client.emitWithAck("question", "sure?") }));
  await using served = serveApp(app);
  const page = await open(served);
  assertEquals(await page.sendWithAck("confirm", {}), { said: "answer" });
});
