/** Which connections belong to which user. */

/**
 * Tells the id of a user, or `undefined` for somebody without one. It is asked once, when a client
 * has connected.
 *
 * @typeParam User What `client.user` is.
 * @param user Who it is.
 * @returns The id, by which `toUser`, presence and the rate `perUser` know it.
 *
 * @example Guests are nobody
 * ```ts
 * import { App, serve, type UserIdOf } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const userId: UserIdOf<string> = (name) => name.startsWith("guest-") ? undefined : `u:${name}`;
 * const app = new App<{ whoami: null }, object, string>({
 *   identify: ({ request }) => new URL(request.url).searchParams.get("name") ?? "guest-0",
 *   userId,
 * });
 * app.on("whoami", (client) => client.userId ?? "nobody");
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * const url = `ws://127.0.0.1:${server.addr.port}`;
 * await using ada = connect(`${url}/?name=ada`);
 * await using guest = connect(url);
 * assertEquals(await ada.emitWithAck("whoami"), "u:ada");
 * assertEquals(await guest.emitWithAck("whoami"), "nobody");
 * ```
 */
export type UserIdOf<User> = (user: User) => string | undefined;

/** Fields that usually hold a user's id: JWT claims have `sub`, records an `id`. */
const usualFields = ["sub", "id", "userId"] as const;

/** The first of `sub`, `id` and `userId` that is a string with content. */
export function usualUserId(user: unknown): string | undefined {
  if (typeof user !== "object" || user === null) return undefined;
  for (const field of usualFields) {
    const id: unknown = Reflect.get(user, field);
    if (typeof id === "string" && id !== "") return id;
  }
  return undefined;
}

const none: ReadonlySet<never> = new Set<never>();

/** Members by the id of their user, as it was when they were added. */
export class Users<Member> {
  readonly #members = new Map<string, Set<Member>>();
  readonly #ids = new Map<Member, string>();

  /** How many users there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Adds a member under a user's id. */
  add(id: string, member: Member): void {
    this.#ids.set(member, id);
    const members = this.#members.get(id);
    if (members === undefined) this.#members.set(id, new Set([member]));
    else members.add(member);
  }

  /** Removes a member. */
  remove(member: Member): void {
    const id = this.#ids.get(member);
    if (id === undefined) return;
    this.#ids.delete(member);
    const members = this.#members.get(id);
    if (members?.delete(member) && members.size === 0) this.#members.delete(id);
  }

  /** The id under which a member was added. */
  idOf(member: Member): string | undefined {
    return this.#ids.get(member);
  }

  /** Members of a user, as they are at each moment. */
  members(id: string): ReadonlySet<Member> {
    return this.#members.get(id) ?? none;
  }
}
