/** The chat server: the page at `/`, WebSocket at `/ws`. */

// deno-lint-ignore-file no-console -- a program for the terminal

import { serve, type ServeOptions, type Server } from "@hawser/ws";
import { readFlags } from "../flags.ts";
import { createChat } from "./chat.ts";
import { Page } from "./page_files.ts";

const flags = readFlags("A chat server: the page at /, WebSocket at /ws, all in memory.", {
  port: {
    type: "number",
    metavar: "N",
    max: 65_535,
    default: 8080,
    help: "Port to listen on; 0 takes a free one",
  },
  hostname: {
    type: "text",
    metavar: "HOST",
    default: "127.0.0.1",
    help: "Address to listen on; 0.0.0.0 is all of them",
  },
  origin: {
    type: "list",
    metavar: "ORIGIN",
    help: "Origin whose pages may connect, instead of our own; may be repeated",
  },
  rate: {
    type: "number",
    metavar: "N",
    default: 10,
    help: "Messages per second and client, twice as many at once; 0 sets no limit",
  },
  compress: { type: "boolean", help: "Compress messages for clients that offer it" },
  cert: { type: "text", metavar: "FILE", help: "Certificate chain in PEM, for https and wss" },
  key: { type: "text", metavar: "FILE", help: "Private key in PEM" },
  "trust-proxy": {
    type: "text",
    metavar: "LIST",
    help: "Proxies whose X-Forwarded-For counts: how many, or their networks as a.b.c.d/n,...",
  },
});

async function start(): Promise<Server> {
  const page = await Page.load();
  const options: ServeOptions = {
    port: flags.port,
    hostname: flags.hostname,
    path: "/ws",
    app: createChat({ rate: flags.rate }),
    compress: flags.compress,
    fetch: (request) =>
      new URL(request.url).pathname === "/healthz" ? new Response("ok") : page.serve(request),
  };
  if (flags.cert !== undefined) options.cert = await readPem(flags.cert);
  if (flags.key !== undefined) options.key = await readPem(flags.key);
  if (flags.origin.length > 0) options.allowedOrigins = flags.origin;
  const trust = flags["trust-proxy"];
  if (trust !== undefined) options.trustProxy = /^\d+$/.test(trust) ? +trust : trust.split(",");
  return serve(options);
}

async function readPem(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(`Cannot read ${file}: ${reason}`, { cause });
  }
}

/** Says in one line why the server cannot start. */
function giveUp(error: unknown): never {
  const { hostname, port } = flags;
  const reason = error instanceof Deno.errors.AddrInUse
    ? `Cannot listen on ${hostname}:${port}: the port is taken`
    : error instanceof Error
    ? error.message
    : error;
  console.error(reason);
  Deno.exit(1);
}

/** A second signal changes nothing: the deadline holds. */
function shutDownOn(signal: Deno.Signal, server: Server): void {
  Deno.addSignalListener(signal, async () => {
    await server.shutdown({ code: 1012, reason: "Server shutting down", deadline: 10_000 });
    Deno.exit(0);
  });
}

const server = await start().catch(giveUp);
shutDownOn("SIGINT", server);
if (Deno.build.os !== "windows") shutDownOn("SIGTERM", server);

const { hostname, port } = server.addr;
const host = hostname.includes(":") ? `[${hostname}]` : hostname;
console.log("Everybody is a guest: there are no accounts.");
console.log(`Listening on ${flags.cert === undefined ? "http" : "https"}://${host}:${port}/`);
