/** The files of the chat page: loaded once, served from memory. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Page, pageFiles } from "../../../examples/chat/page_files.ts";

const page = await Page.load();

function get(path: string, init?: RequestInit): Response {
  return page.serve(new Request(`http://localhost${path}`, init));
}

Deno.test("pageFiles lists exactly what is in the folder", () => {
  const folder = new URL("../../../examples/chat/page/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assertEquals([...pageFiles], names.sort());
});

Deno.test("Page.serve() answers with a content type that fits", async () => {
  const types = new Map([
    ["/", "text/html; charset=utf-8"],
    ["/chat.js", "text/javascript; charset=utf-8"],
    ["/style.css", "text/css; charset=utf-8"],
    ["/icon.svg", "image/svg+xml"],
  ]);
  for (const [path, type] of types) {
    const response = get(path);
    assertEquals([response.status, response.headers.get("content-type")], [200, type]);
    const size = (await response.bytes()).length;
    assertEquals(response.headers.get("content-length"), `${size}`);
  }
  assertStringIncludes(await get("/?room=lobby").text(), "<!DOCTYPE html>");
});

Deno.test("Page.serve() lets the page load from and talk to its own server only", () => {
  for (const response of [get("/"), get("/nothing")]) {
    const policy = response.headers.get("content-security-policy");
    assertEquals(
      policy,
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertEquals(response.headers.get("referrer-policy"), "no-referrer");
  }
});

Deno.test("Page.serve() answers 304 to who has the file", async () => {
  const etag = get("/chat.js").headers.get("etag") ?? "";
  assertMatch(etag, /^"[0-9a-f]{32}"$/);
  const again = get("/chat.js", { headers: { "if-none-match": etag } });
  assertEquals([again.status, await again.text()], [304, ""]);
  assertEquals(get("/chat.js", { headers: { "if-none-match": '"other"' } }).status, 200);
});

Deno.test("Page.serve() answers HEAD without a body", async () => {
  const response = get("/", { method: "HEAD" });
  assertEquals([response.status, await response.text()], [200, ""]);
});

Deno.test("hostile 27: Page.serve() answers 404 to any path but its files", () => {
  const paths = [
    "/nothing",
    "/index.html/",
    "/../main.ts",
    "/%2e%2e/main.ts",
    "//chat.js",
    "/__proto__",
    "/%00",
  ];
  for (const path of paths) assertEquals(get(path).status, 404, path);
});

Deno.test("Page.serve() answers 405 to other methods", () => {
  const response = get("/", { method: "POST", body: "x" });
  assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
});
