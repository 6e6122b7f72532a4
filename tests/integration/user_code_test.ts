/** Code of the user's that fails: reported, and never the end of the process. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { App } from "../../server/app/app.ts";
import type { AnyEvents } from "../../wire/event_types.ts";
import type { AppOptions } from "../../server/app/options.ts";
import { acceptor, type Peer, type Servable, type Session } from "../../server/app/peer.ts";
import { textLog } from "../../server/operations/log_lines.ts";
import { operations } from "../../server/operations/operations.ts";
import type { ServeOptions } from "../../server/options.ts";
import { serve } from "../../server/serve.ts";
import { fallback } from "../../server/wires/fallback/mod.ts";
import { captureConsole } from "../support/console.ts";
import { waitFor } from "../support/wait.ts";

/** Both ways in which a function can fail. The test runner ends at a rejection nobody handles. */
const failures = {
  throws: (): never => {
    throw new Error("Aground");
  },
  rejects: (): never => Promise.reject(new Error("Aground")) as never,
};

const local = { port: 0, hostname: "127.0.0.1", onListen() {} };

/** Serves, connects once, and returns the close code and what `onError` was told. */
async function connectOnce(options: ServeOptions): Promise<{ code: number; errors: string[] }> {
  const errors: string[] = [];
  const onError = (error: unknown) => void errors.push(String(error));
  await using server = serve(
    { ...local, onError, ...options },
    options.app === undefined ? (connection) => connection.close(4000) : undefined,
  );
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  socket.onmessage = () => socket.close(4001);
  const { code } = await new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  await server.shutdown();
  return { code, errors };
}

for (const [how, fail] of Object.entries(failures)) {
  Deno.test(`hostile 124: a log that ${how} is reported, and its connection served`, async () => {
    const { code, errors } = await connectOnce({ log: fail });
    assertEquals([code, errors], [4000, ["Error: Aground", "Error: Aground"]]);
    const written = await connectOnce({ log: textLog(fail) });
    assertEquals([written.code, written.errors.length], [4000, 2]);
  });

  Deno.test(`hostile 124: an onListen that ${how} is reported, and the server runs`, async () => {
    const { code, errors } = await connectOnce({ onListen: fail });
    assertEquals([code, errors], [4000, ["Error: Aground"]]);
  });

  Deno.test(`hostile 124: an onError that ${how} ends nothing`, async () => {
    const log = () => {
      throw new Error("Disk is full");
    };
    let code = 0;
    const lines = await captureConsole(async () => {
      ({ code } = await connectOnce({ log, onError: fail }));
    });
    assertEquals(code, 4000);
    const pair = ["Error: Disk is full", "Error: Aground"];
    assertEquals(lines, [...pair, ...pair].map((each) => `Hawser: a handler failed: ${each}`));
  });

  for (const name of ["identify", "userId", "welcome"] as const) {
    Deno.test(`hostile 124: ${name} that ${how} closes with 1011 and is reported`, async () => {
      const seen: string[] = [];
      const onError = (error: unknown) => void seen.push(String(error));
      const options: AppOptions<AnyEvents, unknown> = { [name]: fail, onError };
      const { code, errors } = await connectOnce({ app: new App(options) });
      const text = how === "throws"
        ? "Error: Aground"
        : `TypeError: Cannot use ${name}: it returned a promise, but must answer at once`;
      // userId runs after the welcome, which this client answers by a close.
      assert(code === 1011 || name === "userId");
      assertEquals([...seen, ...errors], [text]);
    });
  }

  Deno.test(`hostile 124: App's onError that ${how} ends nothing`, async () => {
    const app = new App({ onError: fail });
    app.onConnect(fail);
    app.onDisconnect(fail);
    const lines = await captureConsole(async () => {
      assertEquals((await connectOnce({ app })).errors, []);
    });
    // Each handler's error, and that of the handler of errors.
    assertEquals(lines, Array(4).fill('Handler of "error" failed: Error: Aground'));
  });

  Deno.test(`hostile 124: a check of readiness that ${how} is an answer of 500, and reported`, async () => {
    const errors: string[] = [];
    await using server = serve({
      ...local,
      fetch: (request) => operate(request) ?? new Response(null, { status: 404 }),
      onError: (error) => void errors.push(String(error)),
    }, () => {});
    const operate = operations(server, { isReady: fail });
    const response = await fetch(`http://127.0.0.1:${server.addr.port}/readyz`);
    await response.body?.cancel();
    assertEquals([response.status, errors], [500, ["Error: Aground"]]);
  });

  Deno.test(`hostile 124: an application's own session that ${how} at its end is reported`, async () => {
    const errors: string[] = [];
    const accept = (peer: Peer): Session => ({
      open: () => void peer.welcome({ id: crypto.randomUUID() }),
      event: fail,
      join: fail,
      leave() {},
      auth() {},
      malformed() {},
      answered() {},
      closed: fail,
    });
    const app: Servable = { [acceptor]: { accept } };
    {
      await using server = serve({
        ...local,
        app,
        wires: [fallback()],
        onError: (error) => void errors.push(String(error)),
      });
      const url = `http://127.0.0.1:${server.addr.port}`;
      const response = await fetch(`${url}/sse?room=deck`);
      await response.body?.cancel();
      await waitFor(() => errors.length === 2);
    }
    assertEquals(errors, ["Error: Aground", "Error: Aground"]);
  });
}

Deno.test("hostile 124: a listener of the request's signal that throws is reported", async () => {
  const errors: string[] = [];
  const asked = Promise.withResolvers<void>();
  await using server = serve({
    ...local,
    fetch(request) {
      request.signal.addEventListener("abort", failures.throws);
      asked.resolve();
      return new Promise(() => {});
    },
    onError: (error) => void errors.push(String(error)),
  }, () => {});
  const conn = await Deno.connect({ ...local, port: server.addr.port });
  await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  await asked.promise;
  conn.close();
  await waitFor(() => errors.length === 1);
  assertEquals(errors, ["Error: Aground"]);
  await server.shutdown({ deadline: 1 });
});

Deno.test("hostile 124: an error that cannot be shown is reported as such", async () => {
  const app = new App({
    welcome() {
      throw {
        [Symbol.for("Deno.customInspect")]() {
          throw new Error("Do not look");
        },
      };
    },
  });
  const lines = await captureConsole(async () => {
    assertEquals((await connectOnce({ app })).code, 1011);
  });
  const [line = ""] = lines;
  assertEquals(lines.length, 1);
  assertMatch(
    line,
    /^Handler of "connect" failed for client [-\w]+: an error that cannot be shown$/,
  );
});
