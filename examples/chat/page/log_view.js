// @ts-check
/// <reference lib="dom" />
/** The messages of a room in order: grouped by author, with days and events between them. */

import { find, make } from "./dom.js";
import { messageText } from "./message_text.js";

/**
 * @typedef {object} Entry
 * @property {string} userId
 * @property {string} author
 * @property {boolean} isOwn
 * @property {string} content
 * @property {Date} time
 * @property {string} [recipient] Who alone can read it besides its author; empty for oneself.
 */

/** Messages of one author stand together unless this long lies between them. */
const GROUP_SPAN = 5 * 60_000;

/** Older blocks are let go, so that a room left open for days stays quick. */
const MAX_BLOCKS = 1_000;

const HUES = 6;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
});
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Appends to `#log`; keeps only what it needs to group the next message. */
export class LogView {
  #log = find("log", HTMLElement);
  #empty = find("empty", HTMLElement);
  #day = "";
  /** @type {{ element: HTMLElement, key: string, last: number } | undefined} */
  #group;

  /**
   * @param {Entry} entry
   * @returns {HTMLElement} Its place, for `markDelivered`.
   */
  add(entry) {
    this.#addDay(entry.time);
    const time = entry.time.getTime();
    const group = this.#group;
    const text = messageText(entry.content);
    text.title = full.format(entry.time);
    const place = entry.isOwn ? make("div", { class: "sent" }, text) : text;
    const key = JSON.stringify([entry.userId, entry.recipient]);
    if (group?.key === key && time - group.last < GROUP_SPAN) {
      // Announced alone, it would be nobody's.
      if (!entry.isOwn) group.element.append(spokenAuthor(entry));
      group.element.append(place);
      group.last = time;
      return place;
    }
    const element = groupOf(entry);
    element.append(place);
    this.#append(element);
    this.#group = { element, key, last: time };
    return place;
  }

  /** @param {HTMLElement} place Where one of our messages stands. */
  markDelivered(place) {
    if (place.querySelector(".tick")) return;
    place.prepend(make("span", { class: "tick", role: "img", "aria-label": "Delivered" }, "✓"));
  }

  /**
   * Someone came or went.
   *
   * @param {string} who
   * @param {string} what
   */
  addEvent(who, what) {
    this.#addDay(new Date());
    this.#append(make("p", { class: "event" }, make("bdi", {}, who), ` ${what}`));
  }

  /** Messages may be missing here. */
  addGap() {
    this.#append(
      make("p", { class: "gap" }, "You may have missed messages while you were disconnected."),
    );
  }

  clear() {
    this.#log.replaceChildren();
    this.#day = "";
    this.#group = undefined;
    this.#empty.hidden = false;
  }

  /** @param {Date} time */
  #addDay(time) {
    const day = time.toDateString();
    if (day === this.#day) return;
    this.#day = day;
    this.#append(make("p", { class: "day" }, make("span", {}, nameDay(time, new Date()))));
  }

  /** @param {HTMLElement} block */
  #append(block) {
    this.#group = undefined;
    this.#log.append(block);
    if (this.#log.childElementCount > MAX_BLOCKS) this.#log.firstElementChild?.remove();
    this.#empty.hidden = this.#log.querySelector(".group, .gap") !== null;
  }
}

/**
 * @param {Date} time
 * @param {Date} now
 * @returns {string}
 */
function nameDay(time, now) {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (time.toDateString() === now.toDateString()) return "Today";
  if (time.toDateString() === yesterday.toDateString()) return "Yesterday";
  return calendar.format(time);
}

/** @param {Entry} entry */
function spokenAuthor({ author, recipient }) {
  const reader = recipient === undefined ? "" : " to you only";
  return make("span", { class: "visually-hidden" }, make("bdi", {}, author), `${reader}:`);
}

/** @param {Entry} entry */
function groupOf({ author, isOwn, time, recipient }) {
  const head = make(
    "p",
    { class: "group-head" },
    make("bdi", { class: "author" }, isOwn ? "You" : author),
    " ",
    make("time", { datetime: time.toISOString() }, clock.format(time)),
  );
  const group = make(
    "div",
    { class: isOwn ? "group own" : "group", "data-hue": hueOf(author) },
    head,
  );
  if (recipient === undefined) return group;
  group.classList.add("private");
  const reader = make("bdi", {}, recipient || "you");
  head.append(" ", make("span", { class: "private-note" }, "to ", reader, " only"));
  return group;
}

/**
 * By name and not by id, which changes for a guest with each connection.
 *
 * @param {string} label
 * @returns {string} The same colour for the same person, on every screen.
 */
export function hueOf(label) {
  let hash = 0;
  for (const character of label) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return String(hash % HUES);
}
