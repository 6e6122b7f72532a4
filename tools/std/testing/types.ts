/** The part of `jsr:@std/testing/types` that this project uses, for networks that do not reach JSR. */

/** Compiles only where the type is the literal that is given: `assertType<IsExact<A, B>>(true)`. */
export function assertType<T extends boolean>(_expectTrue: T): void {
  // The compiler has done it all.
}

/** `true` where both types are the same, `any` and `unknown` told apart. */
export type IsExact<T, U> = Form<T> extends Form<U> ? Form<U> extends Form<T> ? true : false
  : false;

/** Two of these are assignable to each other only where their types are identical. */
type Form<T> = <Probe>() => Probe extends T ? 1 : 2;
