/** Guests of the chat: what they are called, and the ids that tell them apart. */

/** Somebody in the chat. */
export interface Guest {
  /** Names the guest, and nobody else at any time. */
  readonly userId: string;
  /** The name that others see; several guests may have the same. */
  readonly name: string;
}

/** Characters of a name. */
const maxNameLength = 32;

/**
 * Control characters, and what is invisible or turns the direction of text: a name stays within its
 * place, and two that look the same are the same. Joiners stay, which emoji and scripts are made by.
 */
const unwanted = /(?![\u200c\u200d\u{e0020}-\u{e007f}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text without a shape: white space, joiners, marks without a letter, and empty letters. */
const blank = /[\s\u200c\u200d\u115f\u1160\u2800\u3164\uffa0\p{M}\u{e0020}-\u{e007f}]/gu;

/**
 * Makes a guest.
 *
 * @param wish The name that is wished for; what is too much of it is cut off.
 * @returns The guest. The id is drawn at random and so long that no other guest ever has it: what
 * is sent to somebody who has gone must not reach a stranger. Without a wish the name is short.
 */
export function makeGuest(wish: string | null): Guest {
  const id = crypto.randomUUID().replaceAll("-", "");
  return { userId: `guest-${id}`, name: cleanName(wish ?? "") || `guest-${id.slice(-4)}` };
}

/**
 * Makes a name fit to be shown.
 *
 * @param wish Any text.
 * @returns A name without what may upset a line of text; empty where nothing is left to be seen.
 */
export function cleanName(wish: string): string {
  const characters = [...wish.replace(unwanted, "").trim()];
  const name = characters.slice(0, maxNameLength).join("").trim();
  return name.replace(blank, "") === "" ? "" : name;
}
