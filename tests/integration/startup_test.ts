/** What the example programs load when they start. */

import { assertEquals } from "@std/assert";

interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}

/** The modules that run before the program does, types and later imports left out. */
async function loadedBy(program: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", program],
    stderr: "null",
  }).output();
  const { roots, modules }: { roots: string[]; modules: ModuleInfo[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set(roots);
  // A set hands out what is added while it is walked through.
  for (const specifier of loaded) {
    for (const { code, isDynamic } of known.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && isDynamic !== true) loaded.add(code.specifier);
    }
  }
  return loaded;
}

function packagesAndNode(loaded: Set<string>): string[] {
  return [...loaded].filter((specifier) => /^(node|npm):/.test(specifier))
    .map((specifier) => specifier.replace(/^npm:\/?|@[\^~]?\d.*$/g, "")).sort();
}

Deno.test("examples/echo.ts starts without a module of Node", async () => {
  assertEquals(packagesAndNode(await loadedBy("examples/echo.ts")), ["pako"]);
});

Deno.test("examples/chat/main.ts starts without what only some flags ask for", async () => {
  const loaded = await loadedBy("examples/chat/main.ts");
  assertEquals(packagesAndNode(loaded), ["pako", "valibot"]);
  for (const layer of ["redis", "sqlite", "workers"]) {
    const parts = [...loaded].filter((specifier) => specifier.includes(`/server/${layer}/`));
    assertEquals(parts, [], layer);
  }
});

/** Serves one WebSocket, and prints which of the globals somebody has asked for meanwhile. */
const counting = `
const asked = new Set();
for (const name of ["Request", "Response", "fetch"]) {
  const { get } = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      asked.add(name);
      return get.call(globalThis);
    },
  });
}
const { serve } = await import("@hawser/ws");
const server = serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (connection) => {
  connection.on("message", (data) => void connection.send(data));
});
const socket = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
await socket.write(new TextEncoder().encode(
  "GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n" +
  "Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n",
));
const bytes = new Uint8Array(1024);
const head = new TextDecoder().decode(bytes.subarray(0, await socket.read(bytes)));
console.log(head.slice(9, 12), ...asked);
Deno.exit(0);
`;

Deno.test("serve() opens a WebSocket without Request, Response and fetch, which are long to load", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--config", "deno.json", counting],
    stderr: "inherit",
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "101\n");
});
