/** Tests of server/resolved_options.ts. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { App } from "../../server/app/app.ts";
import type { ServeOptions } from "../../server/options.ts";
import { resolveOptions } from "../../server/resolved_options.ts";

Deno.test("resolveOptions() fills in the defaults of DESIGN's table of limits", () => {
  const options = resolveOptions({});
  const expected = {
    port: 8080,
    hostname: "0.0.0.0",
    maxMessageSize: 1_048_576,
    maxFragments: 16_384,
    maxRequestLine: 8_192,
    maxHeaderSize: 16_384,
    maxHeaders: 100,
    handshakeTimeout: 10_000,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    messageTimeout: 60_000,
    closeTimeout: 10_000,
    maxQueuedBytes: 1_048_576,
    slowTimeout: 20_000,
    onQueueFull: "close",
    binary: "owned",
    trimHeap: true,
    maxPendingPongs: 64,
    maxConnections: 0,
    maxConnectionsPerAddress: 0,
    memoryBudget: 268_435_456,
    deflate: undefined,
    compressThreshold: 256,
    allowedOrigins: undefined,
    allowedHosts: undefined,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(options[name as keyof typeof options], value, name);
  }
});

Deno.test("resolveOptions() takes what is given, also 0, and leaves the caller's object alone", () => {
  const given = Object.freeze({ port: 0, pingInterval: 0, allowedHosts: Object.freeze(["A.b"]) });
  const options = resolveOptions(given);
  assertEquals([options.port, options.pingInterval], [0, 0]);
  assertEquals(options.allowedHosts, ["a.b"]);
});

Deno.test("resolveOptions() takes undefined for an option that is not given", () => {
  // The cast: exactOptionalPropertyTypes keeps TypeScript users from this, nobody keeps the others.
  const given: Record<string, unknown> = { port: undefined, compress: undefined };
  const options = resolveOptions(given as ServeOptions);
  assertEquals([options.port, options.deflate], [8080, undefined]);
});

Deno.test("resolveOptions() refuses an unknown option, and says which one was meant", () => {
  const misspelt = { maxmessagesize: 1 } as ServeOptions;
  assertThrows(
    () => resolveOptions(misspelt),
    TypeError,
    'Cannot use option "maxmessagesize" of serve: did you mean "maxMessageSize"',
  );
  assertThrows(() => resolveOptions({ ca: "" } as ServeOptions), TypeError, '"ca"');
  assertThrows(
    () => resolveOptions({ frobnicate: true } as ServeOptions),
    TypeError,
    "it is none of port, maxMessageSize,",
  );
});

Deno.test("resolveOptions() wants cert and key together", () => {
  assertThrows(() => resolveOptions({ cert: "pem" }), TypeError, "together");
  assertThrows(() => resolveOptions({ key: "pem" }), TypeError, "together");
  assertEquals(resolveOptions({ cert: "a", key: "b" }).key, "b");
});

Deno.test("resolveOptions() refuses a path that no request can have", () => {
  assertThrows(() => resolveOptions({ path: "ws" }), TypeError, 'must begin with "/"');
  assertEquals(resolveOptions({ path: "/ws" }).path, "/ws");
});

Deno.test("resolveOptions() refuses other policies for a full queue", () => {
  const options = { onQueueFull: "wait" } as unknown as ServeOptions;
  assertThrows(() => resolveOptions(options), TypeError, '"close" or "drop"');
  assertEquals(resolveOptions({ onQueueFull: "drop" }).onQueueFull, "drop");
});

Deno.test("hostile 394: resolveOptions() refuses to lend in another way, or to an app", () => {
  const wrong = { binary: "borrowed" } as unknown as ServeOptions;
  assertThrows(() => resolveOptions(wrong), RangeError, "owned, lent, lent-checked");
  assertEquals(resolveOptions({ binary: "lent-checked" }).binary, "lent-checked");
  const app = new App();
  assertThrows(() => resolveOptions({ app, binary: "lent" }), TypeError, "with app");
  assertEquals(resolveOptions({ app, binary: "owned" }).binary, "owned");
});

Deno.test("resolveOptions() refuses an origin that no browser sends", () => {
  const impossible = [
    "example.com",
    "https://example.com/",
    "https://Example.com",
    "https://example.com:443",
    "HTTP://example.com",
    "https://user@example.com",
    "https://",
    "*",
    "",
  ];
  for (const origin of impossible) {
    assertThrows(
      () => resolveOptions({ allowedOrigins: [origin] }),
      TypeError,
      `Cannot allow origin "${origin}"`,
    );
  }
  const possible = ["https://example.com", "http://[::1]:3000", "tauri://localhost", "null"];
  assertEquals(resolveOptions({ allowedOrigins: possible }).allowedOrigins, possible);
  assertEquals(resolveOptions({ allowedOrigins: "*" }).allowedOrigins, "*");
});

Deno.test("resolveOptions() refuses a single string where a list is wanted", () => {
  for (const name of ["protocols", "allowedHosts", "allowedOrigins"]) {
    const options = { [name]: "https://example.com" } as ServeOptions;
    assertThrows(() => resolveOptions(options), TypeError, `${name} as it must be an array`);
  }
});

Deno.test("hostile 84: resolveOptions() compresses nothing by default, and without takeover on demand", () => {
  assertEquals(resolveOptions({ compress: false }).deflate, undefined);
  const { deflate, compressThreshold } = resolveOptions({ compress: true });
  assert(deflate?.serverNoContextTakeover && deflate.clientNoContextTakeover);
  assertEquals(compressThreshold, 256);
});

Deno.test("resolveOptions() checks what compress holds", () => {
  const { deflate, compressThreshold } = resolveOptions({
    compress: { threshold: 0, serverMaxWindowBits: 10 },
  });
  assertEquals([deflate?.serverMaxWindowBits, compressThreshold], [10, 0]);
  assertThrows(() => resolveOptions({ compress: { threshold: -1 } }), RangeError, "threshold");
  assertThrows(() => resolveOptions({ compress: { serverMaxWindowBits: 16 } }), RangeError);
  assertThrows(
    () => resolveOptions({ compress: { treshold: 1 } } as ServeOptions),
    TypeError,
    '"treshold"',
  );
  assertThrows(
    () => resolveOptions({ compress: "yes" } as unknown as ServeOptions),
    TypeError,
    "compress as it must be a boolean or an object",
  );
});

Deno.test("resolveOptions() writes errors of handlers to stderr unless told otherwise", () => {
  const seen: unknown[] = [];
  resolveOptions({ onError: (error) => void seen.push(error) }).onError("heard");
  const fails = () => {
    throw "failure";
  };
  const { console } = globalThis;
  const { error } = console;
  console.error = (...parts: unknown[]) => void seen.push(parts);
  try {
    resolveOptions({}).onError("oops");
    resolveOptions({ onError: fails }).onError("again");
  } finally {
    console.error = error;
  }
  const lines = ["oops", "again", "failure"].map((error) => ["Hawser: a handler failed:", error]);
  assertEquals(seen, ["heard", ...lines]);
});

Deno.test("resolveOptions() takes the fields of proxies that it knows", () => {
  assertEquals(resolveOptions({}).proxyFields, "x-forwarded");
  assertEquals(resolveOptions({ proxyFields: "forwarded" }).proxyFields, "forwarded");
  // The cast: what JavaScript may hand over.
  const options = { proxyFields: "X-Forwarded-For" } as unknown as ServeOptions;
  assertThrows(() => resolveOptions(options), TypeError, '"x-forwarded" or "forwarded"');
});

Deno.test("hostile 371: sessionPrefix takes what a URL and a proxy's pattern can carry, and no more", () => {
  assertEquals(resolveOptions({}).sessionPrefix, "");
  assertEquals(resolveOptions({ sessionPrefix: "node-1.~_" }).sessionPrefix, "node-1.~_");
  for (const sessionPrefix of ["a b", "a&sid=b", "a/", "ä", "a".repeat(33), "a\r\n"]) {
    assertThrows(() => resolveOptions({ sessionPrefix }), TypeError, "sessionPrefix");
  }
});
