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

/** A key that cannot be guessed: a UUID, or as many random digits or more. */
const keyForm = /^[0-9a-f-]{32,64}$/;

/** Hex digits of an id. */
const idLength = 32;

/**
 * Makes a guest.
 *
 * @param wish The name that is wished for; what is too much of it is cut off.
 * @param key A secret by which a guest that comes back has the same id.
 * @returns The guest. No other one ever has the id, which does not tell the key: what is sent to
 * somebody who has gone must not reach a stranger. Without a key, or with one that is too short, the
 * id is drawn at random. Without a wish the name is short.
 */
export function makeGuest(wish: string | null, key: string | null = null): Guest {
  const id = key !== null && keyForm.test(key) ? idOf(key) : randomId();
  return { userId: `guest-${id}`, name: cleanName(wish ?? "") || `guest-${id.slice(-4)}` };
}

function randomId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function idOf(key: string): string {
  const { process } = globalThis; // the module takes long to load: not before it is needed
  const { hash } = process.getBuiltinModule("node:crypto");
  return hash("sha256", key).slice(0, idLength);
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
