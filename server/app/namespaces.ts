/** The namespaces of an application, by name: those that it has made, and those made by pattern. */

import type { EventError } from "./events/errors.ts";
import { type NamespacePattern, TemporaryNamespaces } from "./temporary_namespaces.ts";

/** Segments of characters that no URL escapes. */
const validName = /^(\/[A-Za-z0-9._~-]+)+$/;

/**
 * Characters of the name of a namespace that is made by pattern.
 *
 * @limit characters: there is no such namespace
 */
const maxNameLength = 256;

/** Namespaces; the application itself is the one called `/`. */
export class Namespaces<Namespace> {
  readonly #namespaces = new Map<string, Namespace>();
  readonly #patterns: TemporaryNamespaces<Namespace>[] = [];

  /** @param main The application itself. */
  constructor(main: Namespace) {
    this.#namespaces.set("/", main);
  }

  /** Finds a namespace that there is at the moment. */
  get(name: string): Namespace | undefined {
    return this.#namespaces.get(name) ?? this.#patternOf(name)?.get(name);
  }

  /** Goes through those that the application has made, with their names. */
  [Symbol.iterator](): Iterator<[name: string, namespace: Namespace]> {
    return this.#namespaces.entries();
  }

  /** Goes through all that there are at the moment. */
  *all(): Generator<Namespace> {
    yield* this.#namespaces.values();
    for (const pattern of this.#patterns) yield* pattern;
  }

  /** Those that are made by pattern. */
  get patterns(): readonly TemporaryNamespaces<Namespace>[] {
    return this.#patterns;
  }

  /**
   * Adds a namespace.
   *
   * @throws {TypeError} The name is not allowed, or taken.
   */
  add(name: string, namespace: Namespace): void {
    if (!isValid(name)) {
      throw new TypeError(
        `Cannot use namespace "${name}": it must look like "/admin", of letters, digits and "._~-"`,
      );
    }
    if (this.get(name) !== undefined) {
      throw new TypeError(`Cannot set options of namespace "${name}": it exists already`);
    }
    this.#namespaces.set(name, namespace);
  }

  /**
   * Lets clients ask for namespaces that are made then. The first pattern that fits a name counts.
   */
  addPattern(pattern: NamespacePattern<Namespace>): void {
    this.#patterns.push(new TemporaryNamespaces(pattern));
  }

  /** Tells whether there is a namespace, or would be once a client asks for it. */
  has(name: string): boolean {
    return this.#namespaces.has(name) || this.#patternOf(name) !== undefined;
  }

  /**
   * Finds a namespace, or makes the one that a pattern provides for.
   *
   * @returns `undefined` where there is none, or an error where there are too many.
   */
  open(name: string): Namespace | EventError | undefined {
    return this.#namespaces.get(name) ?? this.#patternOf(name)?.open(name);
  }

  /** Where a name belongs to a pattern. */
  temporary(name: string): TemporaryNamespaces<Namespace> | undefined {
    return this.#namespaces.has(name) ? undefined : this.#patternOf(name);
  }

  #patternOf(name: string): TemporaryNamespaces<Namespace> | undefined {
    if (this.#patterns.length === 0 || name.length > maxNameLength || !isValid(name)) {
      return undefined;
    }
    return this.#patterns.find((pattern) => pattern.fits(name));
  }
}

function isValid(name: string): boolean {
  return validName.test(name) && !name.split("/").some((part) => part === "." || part === "..");
}

/** Options that say who clients are: they go together. */
const identityOptions = ["auth", "identify"] as const;

/**
 * Completes a namespace's options with those of its application. The identity of clients comes by
 * one of both as a whole; history and presence are never shared.
 *
 * @throws {TypeError} The namespace asks for fallback transports that the application does not
 * have.
 */
export function inheritOptions<Options extends object>(own: Options, parent: object): Options {
  const inherited: Record<string, unknown> = { ...parent };
  delete inherited.presence;
  const { rooms } = inherited;
  if (typeof rooms === "object" && rooms !== null) {
    inherited.rooms = { ...rooms, history: undefined };
  }
  if ("auth" in own || "identify" in own) {
    for (const name of identityOptions) delete inherited[name];
  }
  // The cast: options that the namespace does not set were checked as the application's.
  return { ...inherited, ...own } as Options;
}
