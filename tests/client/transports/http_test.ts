import { assertEquals, assertRejects } from "@std/assert";
import {
  closeOfError,
  fallbackUrl,
  type Fetch,
  HttpChannel,
  HttpFailure,
} from "../../../client/transports/http.ts";
import { httpOptions } from "../../support/transport_contract.ts";

const target = { url: new URL("wss://server.test/ws?name=Ada"), protocols: [] };

Deno.test("fallbackUrl() keeps host, query, namespace and what a proxy needs", () => {
  const urls = [
    ["ws://a.test/ws", "http://a.test/sse"],
    ["wss://a.test:8443/ws?name=Ada", "https://a.test:8443/sse?name=Ada"],
    ["wss://a.test/ws/admin", "https://a.test/sse/admin"],
    ["wss://a.test/chat/ws", "https://a.test/chat/sse"],
    ["wss://a.test/", "https://a.test/sse"],
    ["wss://a.test/wsx", "https://a.test/sse"],
  ] as const;
  for (const [url, expected] of urls) {
    assertEquals(fallbackUrl(new URL(url), "/sse").href, expected);
  }
});

function channel(fetch: Fetch, token?: string): HttpChannel {
  return new HttpChannel({ ...target, token }, { ...httpOptions, fetch });
}

Deno.test("HttpChannel.request() presents the token in a field, not in the address", async () => {
  const requests: Request[] = [];
  const fetch = (url: URL, init: RequestInit) => {
    requests.push(new Request(url, init));
    return Promise.resolve(new Response("{}"));
  };
  await channel(fetch, "t").request("events", { session: "a b" }, "[]");
  await channel(fetch).request("poll", {});
  const [post, get] = requests;
  assertEquals(post?.url, "https://server.test/events?name=Ada&session=a+b");
  assertEquals([post?.method, post?.headers.get("authorization")], ["POST", "Bearer t"]);
  assertEquals(await post?.text(), "[]");
  assertEquals([get?.method, get?.headers.get("authorization")], ["GET", null]);
});

Deno.test("HttpChannel.request() says by a close code what a response means", async () => {
  const codes = [
    ...[[401, 4401], [403, 4403], [429, 4429]],
    ...[[404, 1006], [409, 1006], [426, 1006], [503, 1006]],
  ];
  for (const [status, code] of codes) {
    const fetch = () => Promise.resolve(new Response("no", { status: status! }));
    const error = await assertRejects(() => channel(fetch).request("sse", {}), HttpFailure);
    assertEquals(closeOfError(error).code, code);
  }
});

/** A refusal with a body, as far as its head says. */
function refusal(body: BodyInit, headers: HeadersInit = {}): Fetch {
  const init = {
    status: 401,
    statusText: "Unauthorized",
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  };
  return () => Promise.resolve(new Response(body, init));
}

async function reasonOf(fetch: Fetch): Promise<string> {
  const error = await assertRejects(() => channel(fetch).request("sse", {}), HttpFailure);
  return closeOfError(error).reason;
}

Deno.test("HttpChannel.request() tells why the server refuses, if it says so in a short text", async () => {
  assertEquals(
    await reasonOf(refusal("Missing token\n", { "content-length": "14" })),
    "Missing token",
  );
  assertEquals(await reasonOf(refusal("", { "content-length": "0" })), "Unauthorized");
  const page = { "content-type": "text/html", "content-length": "4" };
  assertEquals(await reasonOf(refusal("<h1>", page)), "Unauthorized");
  assertEquals(
    await reasonOf(refusal("x".repeat(200), { "content-length": "200" })),
    "x".repeat(123),
  );
});

Deno.test("HttpChannel.request() tells why the server refuses, if it says so by an error in JSON", async () => {
  const json = (body: string) =>
    refusal(body, { "content-type": "application/json", "content-length": `${body.length}` });
  const error = { type: "error", code: "UNAUTHORIZED", message: "Missing token" };
  assertEquals(await reasonOf(json(JSON.stringify(error))), "Missing token");
  for (const body of ["{", "null", "[]", '{"message":1}']) {
    assertEquals(await reasonOf(json(body)), "Unauthorized");
  }
});

Deno.test("hostile 295: a refusal whose body never ends, or is longer than it says", async () => {
  let cancelled = 0;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (stream) => stream.enqueue(new Uint8Array(600).fill(0x78)),
      cancel: () => void cancelled++,
    });
  for (const headers of [{}, { "content-length": "5000" }, { "content-length": "12" }]) {
    assertEquals(await reasonOf(refusal(endless(), headers)), "Unauthorized");
  }
  assertEquals(cancelled, 3);
});

Deno.test("closeOfError() takes anything else for a failure of the network", () => {
  const close = closeOfError(new TypeError("no route"));
  assertEquals(close, { code: 1006, reason: "TypeError: no route", wasClean: false });
});

Deno.test("HttpChannel.abort() ends what is under way", async () => {
  const channels = channel((_url, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new TypeError("aborted")));
    })
  );
  const request = channels.request("poll", {});
  channels.abort();
  await assertRejects(() => request, TypeError, "aborted");
});
