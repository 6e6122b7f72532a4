/** Follows the users that have clients on this node. */

import type { Hub, HubObserver, Member } from "../clients/hub.ts";
import type { Following } from "../streams/following.ts";

/** Observes a hub, so that other nodes reach a user's clients here. */
export class UserTopics<M extends Member> implements HubObserver<M> {
  readonly #hub: Hub<M>;
  readonly #following: Following;
  readonly #failed: (error: unknown) => void;

  /** @param failed A user cannot be followed at the moment. Does not throw. */
  constructor(hub: Hub<M>, following: Following, failed: (error: unknown) => void) {
    this.#hub = hub;
    this.#following = following;
    this.#failed = failed;
  }

  /** See {@linkcode HubObserver}. */
  entered(room: string, member: M): void {
    const userId = room === "" ? this.#hub.userIdOf(member) : undefined;
    if (userId === undefined) return;
    this.#following.follow(`user:${userId}`).catch((error) => this.#failed(error));
  }

  /** See {@linkcode HubObserver}. */
  left(room: string, member: M): void {
    const userId = room === "" ? this.#hub.lastOf(member)?.userId : undefined;
    if (userId === undefined || this.#hub.hasUser(userId)) return;
    this.#following.release(`user:${userId}`);
  }
}
