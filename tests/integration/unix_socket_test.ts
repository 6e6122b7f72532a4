/** A server on a Unix socket, and the real nginx in front of it. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { serve, type ServeOptions } from "@hawser/ws";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { optional } from "../support/optional.ts";
import { startNginx } from "../support/nginx.ts";

const ignore = Deno.build.os === "windows";

/** A path for a socket, in a folder of its own. */
async function makeSocketPath(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "hawser_" });
  return {
    path: `${folder}/http.sock`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function exists(path: string): boolean {
  return [...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))].length > 0;
}

const tellAddress: ServeOptions["fetch"] = (_request, { remoteAddress }) =>
  new Response(remoteAddress);

Deno.test({
  name: "serve() listens on a Unix socket, and removes its file at the end",
  ignore,
  async fn() {
    await using socket = await makeSocketPath();
    const server = serve({ socketPath: socket.path, fetch: tellAddress }, () => {});
    using conn = await Deno.connect({ transport: "unix", path: socket.path });
    const { status, body } = await new HttpClient(conn).request(
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    );
    assertEquals([status, body], [200, "unix:"]);
    assertThrows(() => server.addr, TypeError, socket.path);
    assert(exists(socket.path));
    await server.shutdown();
    assert(!exists(socket.path));
  },
});

Deno.test({
  name: "serve() does not take the file of another server, nor what belongs to a port",
  ignore,
  async fn() {
    await using socket = await makeSocketPath();
    const { path } = socket;
    await using _server = serve({ socketPath: path }, () => {});
    const error = assertThrows(
      () => serve({ socketPath: path }, () => {}),
      Deno.errors.AddrInUse,
    );
    assertStringIncludes(error.message, `${path}: the file is there`);
    const others: ServeOptions[] = [{ port: 0 }, { hostname: "::1" }, { loadBalanced: true }];
    for (const options of [...others, { onListen() {} }]) {
      assertThrows(
        () => serve({ ...options, socketPath: path }, () => {}),
        TypeError,
        "socketPath",
      );
    }
  },
});

Deno.test({
  name: "serve() on a Unix socket behind nginx knows its clients, by HTTP and by WebSocket",
  ...optional("nginx"),
  async fn() {
    await using socket = await makeSocketPath();
    await using _server = serve(
      { socketPath: socket.path, trustProxy: ["unix:"], closeTimeout: 200, fetch: tellAddress },
      (connection) => {
        connection.send(connection.remoteAddress);
        connection.close(4000);
      },
    );
    await using nginx = await startNginx(`unix:${socket.path}`);
    const host = ["Host", `localhost:${nginx.port}`] as const;
    const request = headText("GET / HTTP/1.1", [host, ["Connection", "close"]]);
    assert((await nginx.ask(request, "127.0.0.9")).endsWith("\r\n\r\n127.0.0.9"));
    const others = upgradeFields.filter(([name]) => name !== "Host");
    const upgrade = headText("GET / HTTP/1.1", [host, ...others]);
    const response = await nginx.ask(upgrade, "127.0.0.9");
    assertStringIncludes(response, "HTTP/1.1 101 ");
    assertStringIncludes(response, "127.0.0.9");
  },
});
