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

  constructor() {
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
   * @param {readonly [userId: string, label: string][]} people
   * @param {(userId: string) => boolean} isOwn
   */
  show(people, isOwn) {
    this.#count.textContent = String(people.length);
    this.#list.replaceChildren(...people.map(([userId, label]) => {
      const item = make("li", { "data-hue": hueOf(label), title: userId });
      item.append(make("bdi", {}, label));
      if (isOwn(userId)) item.append(make("span", { class: "hint" }, " you"));
      return item;
    }));
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    this.#chat.classList.toggle("people-open", isOpen);
  }
}
