/** A client that speaks raw HTTP over any socket, so that it can say things no client should. */

import { ResponseParser } from "../../protocol/http1.ts";
import { decodeLatin1, encodeLatin1 } from "../../protocol/latin1.ts";
import { ChunkedDecoder } from "../../server/net/http/chunked_decoder.ts";
import { headLimits } from "./heads.ts";

/** The methods of a socket that a client needs; `Deno.Conn` has them, too. */
export interface ByteStream {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
}

/** A response as it came. */
export interface RawResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends bytes and reads responses. */
export class HttpClient {
  readonly #stream: ByteStream;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Sends Latin-1 text as it is. */
  async send(text: string): Promise<void> {
    let rest: Uint8Array = encodeLatin1(text);
    while (rest.length > 0) rest = rest.subarray(await this.#stream.write(rest));
  }

  /** Sends a request and reads its response. */
  async request(text: string): Promise<RawResponse> {
    await this.send(text);
    return await this.response(text.slice(0, text.indexOf(" ")));
  }

  /** Reads the next response. */
  async response(method = "GET"): Promise<RawResponse> {
    const parser = new ResponseParser(headLimits);
    while (parser.head === undefined) {
      if (this.#rest.length === 0) await this.#fill("in a head");
      this.#rest = this.#rest.subarray(parser.push(this.#rest));
    }
    const { status, statusText, fields } = parser.head;
    const headers = new Headers(
      [...fields].map(([name, value]): [string, string] => [name, value]),
    );
    const body = method === "HEAD" || status < 200 || status === 204 || status === 304
      ? ""
      : await this.#body(headers);
    return { status, statusText, headers, body };
  }

  /** Reads up to the end of the first line, which is all that is needed of some responses. */
  async firstLine(): Promise<string> {
    for (;;) {
      const text = decodeLatin1(this.#rest);
      const end = text.indexOf("\r\n");
      if (end >= 0) return text.slice(0, end);
      await this.#fill("in the first line");
    }
  }

  /** Reads to the end of the stream. */
  async rest(): Promise<string> {
    let text = decodeLatin1(this.#rest);
    this.#rest = new Uint8Array(0);
    while (await this.#read()) {
      text += decodeLatin1(this.#rest);
      this.#rest = new Uint8Array(0);
    }
    return text;
  }

  async #body(headers: Headers): Promise<string> {
    if (headers.get("transfer-encoding") === "chunked") return await this.#chunks();
    const length = headers.get("content-length");
    if (length === null) return await this.rest();
    while (this.#rest.length < Number(length)) await this.#fill("in a body");
    const body = decodeLatin1(this.#rest.subarray(0, Number(length)));
    this.#rest = this.#rest.subarray(Number(length));
    return body;
  }

  async #chunks(): Promise<string> {
    const decoder = new ChunkedDecoder({ ...headLimits, maxSmallChunks: Infinity });
    let text = "";
    while (!decoder.done) {
      if (this.#rest.length === 0) await this.#fill("in a chunked body");
      this.#rest = this.#rest.subarray(decoder.push(this.#rest));
      text += decodeLatin1(decoder.data);
    }
    return text;
  }

  async #fill(where: string): Promise<void> {
    if (!await this.#read()) throw new Deno.errors.UnexpectedEof(`End of stream ${where}`);
  }

  async #read(): Promise<boolean> {
    const buffer = new Uint8Array(16 * 1024);
    const size = await this.#stream.read(buffer);
    if (size === null) return false;
    const joined = new Uint8Array(this.#rest.length + size);
    joined.set(this.#rest);
    joined.set(buffer.subarray(0, size), this.#rest.length);
    this.#rest = joined;
    return true;
  }
}
