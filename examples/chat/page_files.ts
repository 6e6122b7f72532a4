/** The files of the chat page: loaded once, served from memory. */

import { prepareResponse } from "@hawser/ws";

/** Files under `page/`; a list, because a package on JSR cannot be asked what it has. */
export const pageFiles = [
  "account.js",
  "chat.js",
  "composer.js",
  "connection.js",
  "delivery.js",
  "dom.js",
  "hawser_client.js",
  "icon.svg",
  "index.html",
  "invite.js",
  "join_view.js",
  "log_view.js",
  "message_text.js",
  "outbox.js",
  "pending_view.js",
  "people.js",
  "people_view.js",
  "rope.svg",
  "scroll.js",
  "session.js",
  "status_view.js",
  "storage.js",
  "style.css",
  "title.js",
  "typing.js",
] as const;

const contentTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The rights of the page in a browser: it may talk to its own server alone. */
const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

interface PageFile {
  readonly etag: string;
  readonly whole: () => Response;
  readonly head: () => Response;
  readonly notModified: () => Response;
}

const notFound = plainText(404, "Not found");
const notAllowed = plainText(405, "Method not allowed", { allow: "GET, HEAD" });

/** The page, ready to be served. */
export class Page {
  readonly #files: ReadonlyMap<string, PageFile>;

  /** @param files Files by path; see {@linkcode Page.load}. */
  constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files;
  }

  /**
   * Loads the files, from disk or from wherever this module came from.
   *
   * @returns The page.
   * @throws {Error} A file cannot be read.
   */
  static async load(): Promise<Page> {
    const entries = await Promise.all(pageFiles.map(async (name) => {
      const path = name === "index.html" ? "/" : `/${name}`;
      return [path, await loadFile(name)] as const;
    }));
    return new Page(new Map(entries));
  }

  /**
   * Answers a request for a file.
   *
   * @param request A plain HTTP request.
   * @returns The file, 304, 404 or 405.
   */
  serve(request: Request): Response {
    const file = this.#files.get(new URL(request.url).pathname);
    if (file === undefined) return notFound();
    if (request.method !== "GET" && request.method !== "HEAD") return notAllowed();
    if (request.headers.get("if-none-match") === file.etag) return file.notModified();
    return request.method === "HEAD" ? file.head() : file.whole();
  }
}

async function loadFile(name: string): Promise<PageFile> {
  const bytes = await read(new URL(`./page/${name}`, import.meta.url));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const etag = `"${digest.toHex().slice(0, 32)}"`;
  const headers = {
    ...securityHeaders,
    "cache-control": "no-cache",
    "content-length": `${bytes.length}`,
    "content-type": contentTypes[name.slice(name.lastIndexOf(".") + 1)]!,
    etag,
  };
  return {
    etag,
    whole: prepare(new TextDecoder().decode(bytes), { headers }),
    head: prepare(null, { headers }),
    notModified: prepare(null, { status: 304, headers }),
  };
}

/** Files not by `fetch`, which is long to load. */
async function read(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === "file:") return await Deno.readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot load ${url}: status is ${response.status}`);
  return await response.bytes();
}

function plainText(
  status: number,
  text: string,
  headers?: Record<string, string>,
): () => Response {
  return prepare(`${text}\n`, { status, headers: { ...securityHeaders, ...headers } });
}

/** With the first request: to prepare all files takes longer than the rest of a start. */
function prepare(body: string | null, init: ResponseInit): () => Response {
  let make: (() => Response) | undefined;
  return () => (make ??= prepareResponse(body, init))();
}
