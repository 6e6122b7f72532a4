/** Hawser with the least that a row of the features needs. */

// deno-lint-ignore-file no-console -- this is a program

import {
  App,
  type AppOptions,
  fallback,
  jwt,
  serve,
  type ServeOptions,
  type Server,
} from "@hawser/ws";

const [kind = ""] = Deno.args;

const address: ServeOptions = {
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`),
};

const starts: Readonly<Record<string, () => Server>> = {
  plain: () => echo(address),
  compress: () => echo({ ...address, compress: true }),
  flood: () => flood(),
  wait: () =>
    serve(address, (connection) => {
      connection.on("message", () => new Promise(() => {}));
    }),
  app: () => serve({ ...address, app: harbour() }),
  auth: () => {
    const secret = new TextEncoder().encode(Deno.args[1]);
    return serve({
      ...address,
      app: harbour({ auth: { verify: jwt({ secret }), mode: "before" } }),
    });
  },
  fallback: () => serve({ ...address, app: harbour(), wires: [fallback()] }),
};

function echo(options: ServeOptions): Server {
  return serve(options, (connection) => {
    connection.on("message", (data) => void connection.send(data));
  });
}

/** Does not look at what becomes of its messages. */
function flood(): Server {
  return serve(address, async (connection) => {
    const data = new Uint8Array(65_536);
    for (let i = 0; i < 1_024; i++) {
      connection.send(data);
      if (i % 16 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  });
}

interface ClientEvents {
  say: { roomId: string; text: string };
}

interface ServerEvents {
  said: { text: string };
}

function harbour(options: AppOptions<ServerEvents, unknown> = {}): App<ClientEvents, ServerEvents> {
  const app = new App<ClientEvents, ServerEvents>({ rooms: true, ...options });
  app.on("say", (_client, { roomId, text }) => {
    app.publish(roomId, "said", { text });
    return { status: "ok" };
  });
  return app;
}

const server = starts[kind]!();
Deno.addSignalListener("SIGTERM", async () => {
  await server.shutdown();
  Deno.exit(0);
});
