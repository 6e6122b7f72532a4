/** A server behind the server: answers with a body that is encoded as its path says. */

import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

const codecs: Readonly<Record<string, (text: string) => Uint8Array>> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
};

/** Writes bytes as they are, so that no library changes the head. */
export class Upstream implements AsyncDisposable {
  /** The content of the body. */
  readonly text = "ahoy ".repeat(100);
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done = this.#accept();

  /** Where a body of some coding is; with `?chunked` its length is not declared. */
  url(coding: string): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/${coding}`;
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) await this.#answer(conn);
  }

  async #answer(conn: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(4096);
    const size = await conn.read(buffer) ?? 0;
    const request = new TextDecoder().decode(buffer.subarray(0, size));
    const [, method = "", coding = "", query = ""] = /^(\w+) \/(\w*)\??(\w*)/.exec(request) ?? [];
    const encode = codecs[coding.toLowerCase()] ?? ((text) => new TextEncoder().encode(text));
    const bytes = new Uint8Array(encode(this.text));
    const isChunked = query === "chunked";
    const fields = [
      "HTTP/1.1 200 OK",
      "x-upstream: yes",
      "connection: close",
      isChunked ? "transfer-encoding: chunked" : `content-length: ${bytes.length}`,
      ...(coding === "" ? [] : [`content-encoding: ${coding}`]),
    ];
    const text = new TextEncoder();
    const parts = [text.encode(fields.join("\r\n") + "\r\n\r\n")];
    if (method !== "HEAD" && isChunked) {
      const start = text.encode(`${bytes.length.toString(16)}\r\n`);
      parts.push(start, bytes, text.encode("\r\n0\r\n\r\n"));
    } else if (method !== "HEAD") {
      parts.push(bytes);
    }
    await new Blob(parts).stream().pipeTo(conn.writable);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}
