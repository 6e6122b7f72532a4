// @ts-check
/** Who is in the room, and what to call them. */

/** @typedef {import("./wire.js").Person} Person */

/** The people of a room by user id. Those who left are still remembered by name. */
export class People {
  /** @type {Map<string, string>} */
  #present = new Map();
  /** @type {Map<string, string>} */
  #names = new Map();

  /** @returns {[userId: string, label: string][]} Everyone present, by name. */
  get present() {
    return [...this.#present.keys()]
      .map((userId) => /** @type {[string, string]} */ ([userId, this.label({ userId })]))
      .sort((one, other) => one[1].localeCompare(other[1]));
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
