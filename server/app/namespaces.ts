/** The namespaces of an application, by name. */

/** Segments of characters that no URL escapes. */
const validName = /^(\/[A-Za-z0-9._~-]+)+$/;

/** Namespaces; the application itself is the one called `/`. */
export class Namespaces<Namespace> {
  readonly #namespaces = new Map<string, Namespace>();

  /** @param main The application itself. */
  constructor(main: Namespace) {
    this.#namespaces.set("/", main);
  }

  /** Finds a namespace. */
  get(name: string): Namespace | undefined {
    return this.#namespaces.get(name);
  }

  /** Goes through all, with their names. */
  [Symbol.iterator](): Iterator<[name: string, namespace: Namespace]> {
    return this.#namespaces.entries();
  }

  /**
   * Adds a namespace.
   *
   * @throws {TypeError} The name is not allowed, or taken.
   */
  add(name: string, namespace: Namespace): void {
    if (!validName.test(name) || name.split("/").some((part) => part === "." || part === "..")) {
      throw new TypeError(
        `Cannot use namespace "${name}": it must look like "/admin", of letters, digits and "._~-"`,
      );
    }
    if (this.#namespaces.has(name)) {
      throw new TypeError(`Cannot set options of namespace "${name}": it exists already`);
    }
    this.#namespaces.set(name, namespace);
  }
}

/** Options that say who clients are: they go together. */
const identityOptions = [
  "auth",
  "authCookie",
  "authMode",
  "authTimeout",
  "identify",
  "maxAuthRate",
  "maxFailedAuths",
] as const;

/**
 * Completes a namespace's options with those of its application. Who clients are, is told by one of
 * both as a whole; history and presence are never shared.
 *
 * @throws {TypeError} The namespace asks for fallback transports that the application does not have.
 */
export function inheritOptions<Options extends object>(own: Options, parent: object): Options {
  const isOff = !("fallback" in parent) || parent.fallback === false;
  if ("fallback" in own && own.fallback !== false && (own.fallback !== true || isOff)) {
    throw new TypeError(
      "Cannot set fallback of a namespace: it is the application's, and only false leaves one out",
    );
  }
  const inherited: Record<string, unknown> = { ...parent };
  for (const name of ["httpPublish", "presence"]) delete inherited[name];
  const { rooms } = inherited;
  if (typeof rooms === "object" && rooms !== null) {
    inherited.rooms = { ...rooms, history: undefined };
  }
  if ("auth" in own || "identify" in own) {
    for (const name of identityOptions) delete inherited[name];
  }
  // The cast: whatever the namespace does not set has been checked as the application's.
  return { ...inherited, ...own } as Options;
}
