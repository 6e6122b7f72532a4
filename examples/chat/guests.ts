/** Guests of the chat: what they are called, and the ids that tell them apart. */

/** Somebody in the chat. */
export interface Guest {
  /** Names the guest among those who are connected. */
  readonly userId: string;
  /** What the others see; several guests may go by the same name. */
  readonly name: string;
}

/** Characters of a name. */
const maxNameLength = 32;

/** Control characters, and what turns the direction of text: a name stays within its place. */
const unwanted = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The guests who are here. */
export class Guests {
  readonly #ids = new Set<string>();

  /**
   * Lets somebody in.
   *
   * @param wish The name that is wished for; what is too much of it is cut off.
   * @returns The guest, under a new id, which is also the name where none was wished for.
   */
  enter(wish: string | null): Guest {
    const userId = this.#newId();
    this.#ids.add(userId);
    return { userId, name: cleanName(wish ?? "") || userId };
  }

  /**
   * Lets a guest go; the id may be given to another.
   *
   * @param guest Somebody who has entered.
   */
  leave(guest: Guest): void {
    this.#ids.delete(guest.userId);
  }

  /** Four hex digits, and more only where those are taken. */
  #newId(): string {
    for (let digits = 4;; digits++) {
      const id = `guest-${crypto.randomUUID().replaceAll("-", "").slice(0, digits)}`;
      if (!this.#ids.has(id)) return id;
    }
  }
}

/**
 * Makes a name fit to be shown.
 *
 * @param wish Any text.
 * @returns A name without what may upset a line of text; empty where nothing is left.
 */
export function cleanName(wish: string): string {
  const characters = [...wish.replace(unwanted, "").trim()];
  return characters.slice(0, maxNameLength).join("").trim();
}
