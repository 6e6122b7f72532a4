/** The `Request` of a request with a body. */

/** Says when its body is asked for as a whole, and is otherwise the standard `Request`. */
export class BodyRequest extends Request {
  readonly #collect: () => void;

  /** `collect` is called when one of the methods that gather the body is. */
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
}
