// @ts-check
/// <reference lib="dom" />
/** The first thing a person sees: which name, which room. */

import { recallToken, rememberToken } from "./account.js";
import { find } from "./dom.js";
import { recall, remember } from "./storage.js";

const DEFAULT_ROOM = "lobby";

/** The form before the room. */
export class JoinView {
  #main = find("join", HTMLElement);
  #lead = find("join-lead", HTMLElement);
  #name = find("name", HTMLInputElement);
  #room = find("room", HTMLInputElement);
  #token = find("token", HTMLInputElement);

  /** @param {(name: string, room: string) => void} onEnter */
  constructor(onEnter) {
    this.#name.value = recall("localStorage", "name");
    this.#room.value = recall("localStorage", "room") || DEFAULT_ROOM;
    find("join-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#name.value.trim();
      const room = this.#room.value.trim();
      if (name === "" && !this.#asksForToken) return this.#name.focus();
      if (this.#token.value.trim() === "" && this.#asksForToken) return this.#token.focus();
      if (room === "") return this.#room.focus();
      if (this.#asksForToken) rememberToken(this.#token.value);
      onEnter(name, room);
    });
  }

  /** @returns {boolean} Whether the person has said who they are, perhaps on an earlier visit. */
  get isKnown() {
    return this.name !== "" || recallToken() !== "";
  }

  /** Asks for a token in the place of a name, which the token has. */
  askForToken() {
    find("name-field", HTMLElement).hidden = true;
    find("token-field", HTMLElement).hidden = false;
    this.#name.required = false;
    this.#token.required = true;
    this.#token.select();
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
    if (this.#asksForToken) this.#token.focus();
    else (this.name === "" ? this.#name : this.#room).focus();
  }

  get #asksForToken() {
    return this.#token.required;
  }

  hide() {
    this.#main.hidden = true;
    remember("localStorage", "name", this.#name.value.trim());
    remember("localStorage", "room", this.#room.value.trim());
  }
}
