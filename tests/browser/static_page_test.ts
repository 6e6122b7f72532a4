/** The client library as one file beside a static page, as the documentation of the client has it. */

import { App, serve } from "@hawser/ws";
import { assertEquals } from "@std/assert";
import { launchBrowser, openPage } from "../support/browser.ts";
import { optional } from "../support/optional.ts";

/** A page that knows nothing but its file of the library and the address of a server. */
function pageOf(url: string): string {
  return `<!DOCTYPE html>
    <title>Shouting</title>
    <p id="answer"></p>
    <ul id="heard"></ul>
    <script type="module">
      import { connect } from "./hawser_client.js";

      const client = connect("${url}");
      client.on("heard", ({ text }) => {
        const item = document.createElement("li");
        item.append(text);
        document.getElementById("heard").append(item);
      });
      document.getElementById("answer").append(await client.emitWithAck("shout", { text: "ahoy" }));
    </script>`;
}

/** Serves files without anything of ours. */
function serveFiles(files: () => ReadonlyMap<string, string>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    const text = files().get(pathname);
    if (text === undefined) return new Response(null, { status: pathname === "/" ? 500 : 204 });
    const type = pathname.endsWith(".js") ? "text/javascript" : "text/html";
    return new Response(text, { headers: { "content-type": type } });
  });
}

Deno.test({
  name: "hawser_client.js works in a static page of another origin",
  ...optional("chromium"),
  async fn() {
    const source = new URL("../../examples/chat/page/hawser_client.js", import.meta.url);
    const library = await Deno.readTextFile(source);
    const files = new Map([["/hawser_client.js", library]]);
    await using site = serveFiles(() => files);
    const origin = `http://127.0.0.1:${site.addr.port}`;
    const app = new App<
      { shout: (data: { text: string }) => string },
      { heard: { text: string } }
    >();
    app.on("shout", (_client, { text }) => {
      app.emit("heard", { text });
      return text.toUpperCase();
    });
    await using server = serve({
      port: 0,
      hostname: "127.0.0.1",
      path: "/ws",
      app,
      allowedOrigins: [origin],
      onListen() {},
    });
    files.set("/", pageOf(`ws://127.0.0.1:${server.addr.port}/ws`));
    const browser = await launchBrowser();
    try {
      const { page, complaints } = await openPage(browser);
      await page.goto(origin);
      await page.locator("#answer").getByText("AHOY").waitFor();
      assertEquals(await page.locator("#heard li").allTextContents(), ["ahoy"]);
      assertEquals(complaints, []);
    } finally {
      await browser.close();
    }
  },
});
