/** A promise and what settles it, also where `Promise.withResolvers` is missing, as in Node 20. */

/** A promise that is settled from outside. */
export class Deferred<Value> {
  /** Settles as the methods say. */
  readonly promise: Promise<Value>;
  /** Resolves it. */
  resolve!: (value: Value) => void;
  /** Rejects it. */
  reject!: (error: unknown) => void;

  /** Makes a pending one. */
  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
