// @ts-check
/** Who is in the room, and what to call them. */

/** @typedef {import("./wire.js").Person} Person */

/** How many of those who are offline are worth a place. */
const MAX_OFFLINE = 10;

/** The people of a room by user id. Those who left are still remembered by name. */
export class People {
  /** @type {Map<string, string>} */
  #present = new Map();
  /** @type {Map<string, string>} */
  #names = new Map();
  /** Who was here and is not connected any more, the last one last. */
  /** @type {Set<string>} */
  #offline = new Set();

  /** @returns {[userId: string, label: string][]} Everyone present, by name. */
  get present() {
    return [...this.#present.keys()]
      .map((userId) => /** @type {[string, string]} */ ([userId, this.label({ userId })]))
      .sort((one, other) => one[1].localeCompare(other[1]));
  }

  /** @returns {[userId: string, label: string][]} Those who were here and went offline. */
  get offline() {
    const present = [...this.#present.values()];
    return [...this.#offline].reverse()
      .map((userId) => /** @type {[string, string]} */ ([userId, this.#nameOf({ userId })]))
      // A guest who comes back has another id.
      .filter(([, name]) => !present.some((other) => sameName(other, name)))
      .slice(0, MAX_OFFLINE);
  }

  /**
   * @param {string} userId
   * @param {boolean} isOnline Whether they are connected to the server at all.
   * @returns {boolean} True when that is news about somebody who was here.
   */
  setOnline(userId, isOnline) {
    if (isOnline) return this.#offline.delete(userId);
    if (this.#present.has(userId) || !this.#names.has(userId)) return false;
    this.#offline.delete(userId);
    this.#offline.add(userId);
    return true;
  }

  /** @param {readonly Person[]} members */
  replace(members) {
    this.#present.clear();
    for (const member of members) this.join(member);
  }

  /**
   * @param {Person} person
   * @returns {boolean} True when the person was not here before.
   */
  join(person) {
    const isNew = !this.#present.has(person.userId);
    this.#offline.delete(person.userId);
    this.#present.set(person.userId, this.#nameOf(person));
    return isNew;
  }

  /**
   * @param {Person} person
   * @returns {boolean} True when the person was here before.
   */
  leave(person) {
    return this.#present.delete(person.userId);
  }

  /**
   * @param {Person} person
   * @returns {string} The name; with the user id where someone else here goes by the same name.
   */
  label(person) {
    const name = this.#nameOf(person);
    for (const [userId, other] of this.#present) {
      if (userId !== person.userId && sameName(other, name)) return `${name} (${person.userId})`;
    }
    return name;
  }

  /** @param {Person} person */
  #nameOf({ userId, name }) {
    if (name) this.#names.set(userId, name);
    return this.#names.get(userId) ?? userId;
  }
}

/**
 * Compares as an eye does, so that "Ada" cannot be mistaken for "ada ".
 *
 * @param {string} one
 * @param {string} other
 */
function sameName(one, other) {
  return one.trim().localeCompare(other.trim(), undefined, { sensitivity: "base" }) === 0;
}
