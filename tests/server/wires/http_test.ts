/** What an application answers to plain HTTP. */

import { assertEquals } from "@std/assert";
import { App } from "../../../server/app/app.ts";
import type { PeerAcceptor } from "../../../server/app/peer.ts";
import type { Application } from "../../../server/types.ts";
import { MemoryBudget } from "../../../server/net/memory_budget.ts";
import { resolveOptions } from "../../../server/options.ts";
import { httpApplication } from "../../../server/wires/http.ts";

const settings = {
  limits: resolveOptions({}),
  memory: new MemoryBudget(1 << 20, () => 0),
  upgrade: () => Promise.resolve({}),
  notify() {},
  gate: { allowsOrigin: () => true },
  failed(error: unknown): never {
    throw error;
  },
};

type Answer = Response | undefined;

async function fetch(application: Pick<Application, "fetch">, path: string): Promise<Answer> {
  const request = new Request(new URL(path, "http://localhost"));
  return await application.fetch?.(request, { remoteAddress: "::1", protocols: [] });
}

Deno.test("httpApplication() answers nothing unless it is asked to", async () => {
  const acceptor: PeerAcceptor = { accept: (peer) => new App().accept(peer) };
  for (const app of [acceptor, new App(), new App({ fallback: false })]) {
    const application = httpApplication(app, settings);
    for (const path of ["/sse", "/poll", "/events", "/api/publish"]) {
      assertEquals(await fetch(application, path), undefined);
    }
    application.shutdown?.({ code: 1012, reason: "" });
  }
});

Deno.test("httpApplication() serves the paths that are configured", async () => {
  const auth = { verify: () => Promise.resolve(undefined) };
  const app = new App({ fallback: { pollPath: "/x/poll" }, httpPublish: { auth, path: "/pub" } });
  const application = httpApplication(app, settings);
  assertEquals((await fetch(application, "/x/poll"))?.status, 200);
  assertEquals((await fetch(application, "/pub"))?.status, 405);
  assertEquals(await fetch(application, "/poll"), undefined);
  assertEquals(await fetch(application, "/api/publish"), undefined);
  assertEquals(app.size, 1);
  application.shutdown?.({ code: 1012, reason: "" });
  await Promise.resolve();
  assertEquals(app.size, 0);
});
