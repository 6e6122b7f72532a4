// @ts-check
/** The people in the room, and their names. */

/**
 * @typedef {object} Person
 * @property {string} userId
 * @property {string} [name]
 */

/** The most people that are listed as offline. */
const MAX_OFFLINE = 10;

/** Made once: `localeCompare` makes one for each two names, of which a room has thousands. */
const alphabet = new Intl.Collator();
const looks = new Intl.Collator(undefined, { sensitivity: "base" });

/** Characters of a user id that are shown at least: "guest-" and four digits. */
const MARK_LENGTH = 10;

/** The people of a room by user id. Those who left are still remembered by name. */
export class People {
  /** @type {Map<string, string>} */
  #present = new Map();
  /** @type {Map<string, string>} */
  #names = new Map();
  /** People who were here and are not connected any more, in the order in which they left. */
  /** @type {Set<string>} */
  #offline = new Set();
  /** Those of them who have never left: their server has died. */
  /** @type {Set<string>} */
  #vanished = new Set();
  /** How many are here, where the server lists only some of them. */
  #count = 0;

  /** @returns {number} How many are here. */
  get size() {
    return Math.max(this.#count, this.#present.size);
  }

  /** @returns {[userId: string, label: string][]} Everyone present that is listed, by name. */
  get present() {
    return [...this.#present.keys()]
      .map((userId) => /** @type {[string, string]} */ ([userId, this.label({ userId })]))
      .sort((one, other) => alphabet.compare(one[1], other[1]));
  }

  /** @returns {[userId: string, label: string][]} Those who were here and went offline. */
  get offline() {
    const present = [...this.#present.values()];
    return [...this.#offline].reverse()
      .map((userId) => /** @type {[string, string]} */ ([userId, this.#nameOf({ userId })]))
      // A guest who comes back in another tab has another id.
      .filter(([, name]) => !present.some((other) => sameName(other, name)))
      .slice(0, MAX_OFFLINE);
  }

  /**
   * @param {string} userId
   * @returns {boolean} True where somebody is not here; in a large room, one may be here unlisted.
   */
  isAway(userId) {
    return !this.#present.has(userId) && this.#count <= this.#present.size;
  }

  /**
   * @param {string} userId
   * @param {boolean} isOnline Whether they are connected to the server at all.
   * @returns {boolean} True when that is news about somebody who was here.
   */
  setOnline(userId, isOnline) {
    if (isOnline) {
      const isNews = this.#offline.delete(userId);
      if (this.#vanished.has(userId)) this.join({ userId });
      return isNews;
    }
    if (!this.#names.has(userId)) return false;
    // Whoever leaves is told to have left before; the clients of a server that has died are not.
    if (this.#present.delete(userId)) this.#vanished.add(userId);
    this.#offline.delete(userId);
    this.#offline.add(userId);
    return true;
  }

  /**
   * @param {readonly Person[]} members
   * @param {number} [count] How many are here, where they are more than are listed.
   */
  replace(members, count = 0) {
    this.#present.clear();
    this.#vanished.clear();
    for (const member of members) this.join(member);
    this.#count = count;
  }

  /**
   * Takes many changes, or some of a room that is too large for news of each person.
   *
   * @param {{ joined: readonly Person[], left: readonly string[], count?: number }} changes
   */
  change({ joined, left, count = 0 }) {
    for (const userId of left) this.leave({ userId });
    for (const person of joined) this.join(person);
    this.#count = count;
  }

  /**
   * Remembers what somebody is called who need not be listed.
   *
   * @param {Person} person
   */
  meet(person) {
    this.#nameOf(person);
  }

  /**
   * Takes somebody who writes for present, where all are listed: after a change of networks a node
   * may tell late that an earlier connection has gone.
   *
   * @param {Person} person
   * @returns {boolean} True when the person was not listed.
   */
  hear(person) {
    if (this.#count > this.#present.size) return false;
    return this.join(person);
  }

  /**
   * @param {Person} person
   * @returns {boolean} True when the person was not here before.
   */
  join(person) {
    this.#count = 0;
    const isNew = !this.#present.has(person.userId);
    this.#offline.delete(person.userId);
    this.#vanished.delete(person.userId);
    this.#present.set(person.userId, this.#nameOf(person));
    return isNew;
  }

  /**
   * @param {Person} person
   * @returns {boolean} True when the person was here before.
   */
  leave(person) {
    this.#count = 0;
    this.#vanished.delete(person.userId);
    return this.#present.delete(person.userId);
  }

  /**
   * @param {Person} person
   * @returns {string} The name; with a mark of the user id where someone else here goes by the same
   * name, or where it could be taken for words of the page.
   */
  label(person) {
    const { userId } = person;
    const name = this.#nameOf(person);
    const namesakes = [...this.#present]
      .filter(([other, theirs]) => other !== userId && sameName(theirs, name))
      .map(([other]) => other);
    if (namesakes.length === 0 && !looksLikeOurs(name)) return name;
    return `${name} (${shortest(userId, namesakes)})`;
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
  return looks.compare(one.trim(), other.trim()) === 0;
}

/**
 * The page calls the reader "You", says that somebody is offline, and adds ids in parentheses: the
 * last ones in a label are always its own.
 *
 * @param {string} name
 */
function looksLikeOurs(name) {
  const text = name.normalize("NFKC").replace(/[\s\p{Cf}]+$/u, "");
  const word = text.split(/\s/).at(-1) ?? "";
  return text.endsWith(")") || sameName(word, "you") || sameName(word, "offline");
}

/**
 * @param {string} userId
 * @param {readonly string[]} others
 * @returns {string} The beginning of an id, long enough to tell it from others.
 */
function shortest(userId, others) {
  let length = MARK_LENGTH;
  while (length < userId.length && others.some((id) => id.startsWith(userId.slice(0, length)))) {
    length++;
  }
  return userId.slice(0, length);
}
