/**
 * Notifications for browsers by Server-Sent Events: a page that listens, a back end that publishes.
 *
 * ```sh
 * deno run --allow-net examples/notifications.ts --api-key s3cr3t
 * curl -N 'http://localhost:8080/sse?room=news'
 * curl http://localhost:8080/api/publish -H 'Authorization: Bearer s3cr3t' \
 *   -d '{"room":"news","event":"notice","data":{"text":"Ahoy"}}'
 * ```
 */

import { apiKeys, App, EventError, fallback, publish, serve } from "@hawser/ws";
import { readFlags, usageError } from "./flags.ts";
import { listen, listenFlags } from "./listen.ts";

const page = `<!DOCTYPE html><html lang="en"><title>Notices</title><h1>Notices</h1><ul></ul>
<script>
const source = new EventSource("/sse?room=news"); // it reconnects, and misses nothing
source.onmessage = ({ data }) => {
  const { type, text } = JSON.parse(data);
  if (type !== "notice") return;
  const item = document.createElement("li");
  item.textContent = text;
  document.querySelector("ul").append(item);
};
</script></html>`;

const flags = readFlags("Notifications by Server-Sent Events.", {
  ...listenFlags,
  "api-key": { type: "list", metavar: "KEY", help: "Key of a back end; may be repeated" },
});
if (flags["api-key"].length === 0) usageError("At least one --api-key is needed: see --help");

const app = new App({
  rooms: (_client, room) => {
    if (room !== "news") throw new EventError("FORBIDDEN", "There are only news");
  },
});

function fetch(request: Request): Response {
  if (new URL(request.url).pathname !== "/") return new Response("Not found\n", { status: 404 });
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
}

const wires = [fallback(), publish({ auth: apiKeys(flags["api-key"]) })];
await listen(flags, (address) => serve({ ...address, app, wires, fetch }));
