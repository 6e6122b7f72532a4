/**
 * The part of `jsr:@std/testing/mock` that this project uses, for networks that do not reach JSR.
 */

import { AssertionError } from "@std/assert";

/** One call of a spy. */
export interface SpyCall<Args extends unknown[], Return> {
  /** The arguments of the call. */
  args: Args;
  /** The value that it has returned. */
  returned?: Return;
  /** The error that it has thrown. */
  error?: unknown;
}

/** A function that remembers its calls. */
export interface Spy<Self, Args extends unknown[], Return> {
  (this: Self, ...args: Args): Return;
  /** The calls so far. */
  calls: SpyCall<Args, Return>[];
}

/** A method that remembers its calls, until the original is back. */
export interface Stub<Self, Args extends unknown[], Return>
  extends Spy<Self, Args, Return>, Disposable {
  /** Puts the original back. */
  restore(): void;
}

/** Makes a function that remembers its calls and does nothing else. */
export function spy<Args extends unknown[] = unknown[]>(): Spy<unknown, Args, undefined>;
/** Wraps a function that remembers its calls. */
export function spy<Self, Args extends unknown[], Return>(
  func: (this: Self, ...args: Args) => Return,
): Spy<Self, Args, Return>;
export function spy<Self, Args extends unknown[], Return>(
  func?: (this: Self, ...args: Args) => Return,
): Spy<Self, Args, Return | undefined> {
  const calls: SpyCall<Args, Return | undefined>[] = [];
  function spied(this: Self, ...args: Args): Return | undefined {
    const call: SpyCall<Args, Return | undefined> = { args };
    calls.push(call);
    try {
      return call.returned = func?.apply(this, args);
    } catch (error) {
      call.error = error;
      throw error;
    }
  }
  return Object.assign(spied, { calls });
}

/**
 * Puts a function in the place of a method, until it is restored or its block ends.
 *
 * @throws {TypeError} There is no such method.
 */
export function stub<Self extends object, Name extends keyof Self, Args extends unknown[], Return>(
  self: Self,
  name: Name,
  func: (this: Self, ...args: Args) => Return,
): Stub<Self, Args, Return> {
  const original = Object.getOwnPropertyDescriptor(self, name);
  if (typeof self[name] !== "function") {
    throw new TypeError(`Cannot stub "${String(name)}": it is no method`);
  }
  const restore = () => {
    if (original === undefined) Reflect.deleteProperty(self, name);
    else Object.defineProperty(self, name, original);
  };
  const value = Object.assign(spy(func), { restore, [Symbol.dispose]: restore });
  Object.defineProperty(self, name, { configurable: true, writable: true, value });
  return value;
}

/** The spy must have been called so many times, no more and no less. */
export function assertSpyCalls(
  { calls }: { readonly calls: readonly unknown[] },
  expectedCalls: number,
): void {
  if (calls.length === expectedCalls) return;
  const what = calls.length < expectedCalls ? "not called as much as" : "called more than";
  throw new AssertionError(`Spy ${what} expected: ${calls.length} calls, not ${expectedCalls}`);
}
