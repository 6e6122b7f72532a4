// @ts-check
/// <reference lib="dom" />
/** The first thing a person sees: which name, which room. */

import { find } from "./dom.js";
import { recall, remember } from "./storage.js";

const DEFAULT_ROOM = "lobby";

/** The form before the room. */
export class JoinView {
  #main = find("join", HTMLElement);
  #lead = find("join-lead", HTMLElement);
  #name = find("name", HTMLInputElement);
  #room = find("room", HTMLInputElement);

  /** @param {(name: string, room: string) => void} onEnter */
  constructor(onEnter) {
    this.#name.value = recall("localStorage", "name");
    this.#room.value = recall("localStorage", "room") || DEFAULT_ROOM;
    find("join-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#name.value.trim();
      const room = this.#room.value.trim();
      if (name === "") return this.#name.focus();
      if (room === "") return this.#room.focus();
      onEnter(name, room);
    });
  }

  /** @returns {string} The name as it was last entered, perhaps on an earlier visit. */
  get name() {
    return this.#name.value.trim();
  }

  /**
   * @param {{ room?: string, lead?: string }} [content]
   */
  show({ room, lead } = {}) {
    if (room) this.#room.value = room;
    if (lead) this.#lead.textContent = lead;
    this.#main.hidden = false;
    (this.name === "" ? this.#name : this.#room).focus();
  }

  hide() {
    this.#main.hidden = true;
    remember("localStorage", "name", this.#name.value.trim());
    remember("localStorage", "room", this.#room.value.trim());
  }
}
