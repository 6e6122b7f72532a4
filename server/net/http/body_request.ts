/** The `Request` of a request with a body. */

/** Made with the first one: a server of WebSockets alone need not load `Request`. */
let bodyRequest: ReturnType<typeof defineBodyRequest> | undefined;

/**
 * Makes a request that says when its body is asked for as a whole, and is otherwise the standard
 * `Request`.
 *
 * @param collect Called when one of the methods that gather the body is.
 */
export function makeBodyRequest(url: string, init: RequestInit, collect: () => void): Request {
  bodyRequest ??= defineBodyRequest();
  return new bodyRequest(url, init, collect);
}

function defineBodyRequest() {
  return class BodyRequest extends Request {
    readonly #collect: () => void;

    constructor(url: string, init: RequestInit, collect: () => void) {
      super(url, init);
      this.#collect = collect;
    }

    override arrayBuffer(): Promise<ArrayBuffer> {
      this.#collect();
      return super.arrayBuffer();
    }

    override blob(): Promise<Blob> {
      this.#collect();
      return super.blob();
    }

    override bytes(): Promise<Uint8Array<ArrayBuffer>> {
      this.#collect();
      return super.bytes();
    }

    override formData(): Promise<FormData> {
      this.#collect();
      return super.formData();
    }

    override json(): ReturnType<Request["json"]> {
      this.#collect();
      return super.json();
    }

    override text(): Promise<string> {
      this.#collect();
      return super.text();
    }
  };
}
