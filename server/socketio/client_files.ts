/** The files of the npm package `socket.io-client` for pages, as npm's server has them at its path. */

import type { Notify } from "../types.ts";
import type { WireRequest } from "../wires/wire.ts";

/** The files that the package has for pages, each with a source map. */
const fileNames: ReadonlySet<string> = new Set(
  ["", ".min", ".esm.min", ".msgpack.min"]
    .flatMap((kind) => [`socket.io${kind}.js`, `socket.io${kind}.js.map`]),
);

const packageName = "socket.io-client";

/** The package as it is installed. */
interface InstalledPackage {
  /** The folder of the files. */
  readonly folder: URL;
  readonly version: string;
}

/** Why the package cannot be served, as its operator is told. */
class FileNotServedError extends Error {}

/** The headers of the files. */
export interface ClientFilesSettings {
  /** The folder from which on the package is looked for, as `require` does. @default {the working directory} */
  readonly from?: URL;
  readonly notify: Notify;
}

/**
 * Serves the files, each read once. Nothing is looked for before a page asks, and Deno never asks
 * the operator for a permission because of it: the server would stand still meanwhile.
 */
export class ClientFiles {
  readonly #path: string;
  readonly #settings: ClientFilesSettings;
  #package: Promise<InstalledPackage> | undefined;
  readonly #files = new Map<string, Promise<Uint8Array<ArrayBuffer> | undefined>>();

  /** @param path The path of the wire; it ends in a slash. */
  constructor(path: string, settings: ClientFilesSettings) {
    this.#path = path;
    this.#settings = settings;
  }

  /** Whether a path is that of a file, be it there or not. */
  owns(pathname: string): boolean {
    return pathname.startsWith(this.#path) && fileNames.has(pathname.slice(this.#path.length));
  }

  /** Answers a request for a file. */
  async fetch({ request, remoteAddress: address }: WireRequest): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    }
    const { pathname } = new URL(request.url);
    try {
      return await this.#answer(pathname.slice(this.#path.length), request);
    } catch (error) {
      if (!(error instanceof FileNotServedError)) throw error;
      const message =
        `Cannot serve ${pathname}: ${error.message}; serveClient: false turns this off`;
      this.#settings.notify({ code: "NO_CLIENT_FILES", message, subject: this.#path, address });
      return notFound();
    }
  }

  async #answer(name: string, request: Request): Promise<Response> {
    const { folder, version } = await (this.#package ??= findPackage(this.#settings.from));
    const etag = `"${version}"`;
    const headers = { etag, "cache-control": "public, max-age=0" };
    if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
    let file = this.#files.get(name);
    if (file === undefined) this.#files.set(name, file = readFile(new URL(name, folder)));
    const bytes = await file;
    if (bytes === undefined) return notFound();
    const type = name.endsWith(".map") ? "json" : "javascript";
    return new Response(request.method === "HEAD" ? null : bytes, {
      headers: {
        ...headers,
        "content-type": `application/${type}; charset=utf-8`,
        "content-length": `${bytes.length}`,
      },
    });
  }
}

function notFound(): Response {
  return new Response("Not found\n", { status: 404 });
}

/** RFC 9110 §13.1.2: tags are compared weakly, whether or not a cache has made them weak. */
function isKnown({ headers }: Request, etag: string): boolean {
  const tags = headers.get("if-none-match")?.split(",") ?? [];
  return tags.some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/**
 * Finds the package as a program in the folder would: in `node_modules` there or further up, or in
 * Deno's cache of npm.
 */
async function findPackage(start?: URL): Promise<InstalledPackage> {
  const node = await loadNode();
  const from = start ?? node.pathToFileURL(`${Deno.cwd()}/`);
  for (const folder of foldersFrom(from)) {
    const place = new URL(`node_modules/${packageName}/`, folder);
    if (await mayRead(place)) {
      const manifest = await readFile(new URL("package.json", place));
      if (manifest !== undefined) return describe(place, manifest);
    } else if (Deno.stdin.isTerminal()) throw new FileNotServedError(wantsPermission(place, node));
    else break;
  }
  const place = resolvePackage(from, node);
  if (!await mayRead(place)) throw new FileNotServedError(wantsPermission(place, node));
  return describe(place, await readFile(new URL("package.json", place)));
}

/** Loaded for the first request: no server starts 25 ms later for what few pages ask for. */
async function loadNode() {
  const [{ createRequire }, { fileURLToPath, pathToFileURL }] = await Promise.all([
    import("node:module"),
    import("node:url"),
  ]);
  return { createRequire, fileURLToPath, pathToFileURL };
}

type NodeModules = Awaited<ReturnType<typeof loadNode>>;

function* foldersFrom(folder: URL): Generator<URL, void> {
  yield folder;
  const parent = new URL("..", folder);
  if (parent.href !== folder.href) yield* foldersFrom(parent);
}

/** Asks Deno's own resolver, which knows its cache. */
function resolvePackage(from: URL, node: NodeModules): URL {
  try {
    const path = node.createRequire(from).resolve(`${packageName}/package.json`);
    return new URL(".", node.pathToFileURL(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new FileNotServedError(wantsPermission(from, node));
    }
    const hint = `deno add npm:${packageName}`;
    throw new FileNotServedError(`the npm package ${packageName} is not installed (${hint})`);
  }
}

function wantsPermission(place: URL, { fileURLToPath }: NodeModules): string {
  return `the npm package ${packageName} may not be read (--allow-read=${fileURLToPath(place)})`;
}

function describe(place: URL, manifest: Uint8Array | undefined): InstalledPackage {
  const { version = "" } = JSON.parse(new TextDecoder().decode(manifest));
  return { folder: new URL("dist/", place), version };
}

async function mayRead(path: URL): Promise<boolean> {
  return (await Deno.permissions.query({ name: "read", path })).state === "granted";
}

/** Reads a file; `undefined` where there is none. */
async function readFile(path: URL): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
