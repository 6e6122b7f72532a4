/** How many standard requests a server makes: they take time, and a peer can ask for many. */

import { assertEquals } from "@std/assert";
import { apiKeys } from "../../server/app/auth/api_keys.ts";
import { App } from "../../server/app/app.ts";
import type { ServeOptions } from "../../server/options.ts";
import { serve } from "../../server/serve.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";

const manyFields = Array.from({ length: 90 }, (_, at) => [`A${at}`, ""] as const);

/** Sends one request with many fields; returns the status and how many requests were made of it. */
async function countRequests(
  options: ServeOptions,
  fields: readonly (readonly [string, string])[],
  target = "/",
): Promise<[status: number, count: number]> {
  const handler = options.app === undefined ? () => {} : undefined;
  const settings = { port: 0, hostname: "127.0.0.1", onListen() {}, ...options };
  await using server = serve(settings, handler);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const { Request: original } = globalThis;
  let count = 0;
  globalThis.Request = class extends original {
    constructor(input: string | Request | URL, init?: RequestInit) {
      super(input, init);
      count++;
    }
  };
  try {
    const client = new HttpClient(conn);
    await client.send(headText(`GET ${target} HTTP/1.1`, [...fields, ...manyFields]));
    const status = Number((await client.firstLine()).split(" ")[1]);
    return [status, count];
  } finally {
    globalThis.Request = original;
  }
}

const plain = [["Host", "example.com"]] as const;

// The first plain request of a process tries out what the runtime's requests can do.
await countRequests({ fetch: ({ url }) => new Response(url) }, plain);

Deno.test("hostile 130: no request is made where nobody asks for one", async () => {
  assertEquals(await countRequests({}, plain), [426, 0]);
  assertEquals(await countRequests({ app: new App() }, plain), [426, 0]);
  const fetch = ({ url, method }: Request) => new Response(`${method} ${url}`);
  assertEquals(await countRequests({ fetch }, plain), [200, 0]);
  assertEquals(await countRequests({}, upgradeFields), [101, 0]);
  assertEquals(await countRequests({ path: "/ws" }, upgradeFields), [404, 0]);
  assertEquals(await countRequests({ app: new App() }, upgradeFields), [101, 0]);
  const app = new App({ auth: { verify: apiKeys(["k-1"]), mode: "message" } });
  assertEquals(await countRequests({ app }, upgradeFields), [101, 0]);
  const upgrade = ({ url }: Request) => void new URL(url);
  assertEquals(await countRequests({ upgrade }, upgradeFields), [101, 0]);
});

Deno.test("hostile 130: one request is made for all who ask", async () => {
  const fetch = (request: Request) => new Response(request.cache + request.mode);
  assertEquals(await countRequests({ fetch }, plain), [200, 1]);
  const upgrade = ({ cache, mode }: Request) => void [cache, mode];
  assertEquals(await countRequests({ upgrade }, upgradeFields), [101, 1]);
  const app = new App({ auth: { verify: apiKeys(["k-1"]) } });
  app.guard(({ request }) => void request.cache);
  const options = { app, upgrade };
  assertEquals(await countRequests(options, upgradeFields, "/?token=k-1"), [101, 1]);
});
