// @ts-check
/// <reference lib="dom" />
/** The list of people beside the messages; on a phone it opens from the header. */

import { find, make } from "./dom.js";
import { hueOf } from "./log_view.js";

/** Shows who is here. */
export class PeopleView {
  #chat = find("chat", HTMLElement);
  #list = find("people-list", HTMLElement);
  #count = find("people-count", HTMLElement);
  #toggle = find("people-toggle", HTMLButtonElement);

  #onPick;

  /** @param {(person: import("./outbox.js").Recipient) => void} onPick */
  constructor(onPick) {
    this.#onPick = onPick;
    this.#toggle.addEventListener("click", () => this.#open(!this.isOpen));
  }

  /** @returns {boolean} */
  get isOpen() {
    return this.#toggle.getAttribute("aria-expanded") === "true";
  }

  close() {
    if (!this.isOpen) return;
    this.#open(false);
    this.#toggle.focus();
  }

  /**
   * @param {import("./people.js").People} people
   * @param {(userId: string) => boolean} isOwn
   */
  show(people, isOwn) {
    const { present, offline } = people;
    const active = document.activeElement;
    const focused = active instanceof HTMLButtonElement && this.#list.contains(active)
      ? active.dataset.userId
      : undefined;
    this.#count.textContent = String(people.size);
    const more = people.size - present.length;
    this.#list.replaceChildren(
      ...present.map(([userId, label]) => this.#person(userId, label, isOwn(userId))),
      ...(more > 0 ? [make("li", { class: "offline" }, hint(`and ${more} more`))] : []),
      ...offline.map(([userId, label]) =>
        make("li", { class: "offline" }, ...name(userId, label), hint("offline"))
      ),
    );
    if (focused === undefined) return;
    for (const button of this.#list.querySelectorAll("button")) {
      if (button.dataset.userId === focused) button.focus();
    }
  }

  /**
   * @param {string} userId
   * @param {string} label
   * @param {boolean} isOwn
   */
  #person(userId, label, isOwn) {
    const item = make("li", { "data-hue": hueOf(label) });
    const online = make("span", { class: "visually-hidden" }, ", online");
    if (isOwn) {
      item.append(...name(userId, label), hint("you"), online);
      return item;
    }
    const does = `${label}, online: write privately`;
    const attributes = { type: "button", "data-user-id": userId, "aria-label": does };
    const button = make("button", attributes, ...name(userId, label));
    button.addEventListener("click", () => {
      this.#open(false);
      this.#onPick({ userId, label });
    });
    item.append(button);
    return item;
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    this.#chat.classList.toggle("people-open", isOpen);
  }
}

/**
 * The id is for the eye alone: as a title of the list's item, it would be read in front of the name.
 *
 * @param {string} userId
 * @param {string} label
 */
function name(userId, label) {
  const dot = make("span", { class: "dot", "aria-hidden": "true" });
  return [dot, make("bdi", { title: userId }, label)];
}

/** @param {string} text */
function hint(text) {
  return make("span", { class: "hint" }, ` ${text}`);
}
