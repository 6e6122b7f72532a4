// @ts-check
/// <reference lib="dom" />
/** The box a message is written in: Enter sends, Shift and Enter start a new line. */

import { find } from "./dom.js";
import { recall, remember } from "./storage.js";

/**
 * @typedef {import("./outbox.js").Recipient} Recipient
 *
 * @typedef {object} ComposerHandlers
 * @property {(content: string, recipient?: Recipient) => void} onSend
 * @property {() => void} onTyping
 */

/** Keeps what is being written per room, so that leaving or reloading does not lose it. */
export class Composer {
  #form = find("composer", HTMLFormElement);
  #text = find("text", HTMLTextAreaElement);
  #chip = find("recipient", HTMLElement);
  #away = find("recipient-away", HTMLElement);
  #room = "";
  /** @type {Recipient | undefined} */
  #recipient;
  #handlers;

  /** @param {ComposerHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    find("recipient-clear", HTMLButtonElement).addEventListener("click", () => this.writeTo());
    this.#text.addEventListener("keydown", (event) => {
      // Enter also picks a word in an input method: that is no wish to send.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("input", () => {
      this.#changed();
      // The room need not know of a private message.
      if (this.#text.value.trim() !== "" && !this.#recipient) this.#handlers.onTyping();
    });
  }

  /** @param {string} room */
  open(room) {
    this.#room = room;
    this.writeTo();
    this.#text.value = recall("sessionStorage", `draft:${room}`);
    this.#fit();
    this.focus();
  }

  /**
   * Says so where the one for whom it is has left. What is written stays for that one alone: it must
   * not reach the room because somebody went while it was typed.
   *
   * @param {(userId: string) => boolean} isAway
   */
  showAway(isAway) {
    const hasLeft = this.#recipient !== undefined && isAway(this.#recipient.userId);
    if (this.#away.hidden !== hasLeft) return;
    this.#away.hidden = !hasLeft;
    this.#away.textContent = hasLeft ? "Has left the room" : "";
  }

  /** @returns {boolean} Whether what is written is for one person only. */
  get isPrivate() {
    return this.#recipient !== undefined;
  }

  /** @param {Recipient} [recipient] Without one, all in the room can read it again. */
  writeTo(recipient) {
    this.#recipient = recipient;
    this.showAway(() => false);
    this.#chip.hidden = recipient === undefined;
    find("recipient-name", HTMLElement).textContent = recipient?.label ?? "";
    this.#form.classList.toggle("private", recipient !== undefined);
    find("escape", HTMLElement).textContent = recipient ? "writes to the room" : "leaves";
    this.#text.placeholder = recipient ? "Private message" : "Write a message";
    this.focus();
  }

  focus() {
    this.#text.focus();
  }

  #send() {
    const content = this.#text.value.trim();
    this.focus();
    if (content === "") return;
    this.#text.value = "";
    this.#changed();
    this.#handlers.onSend(content, this.#recipient);
  }

  #changed() {
    remember("sessionStorage", `draft:${this.#room}`, this.#text.value);
    this.#fit();
  }

  /** As high as its text; the style sheet sets the most. */
  #fit() {
    this.#text.style.height = "auto";
    const border = this.#text.offsetHeight - this.#text.clientHeight;
    this.#text.style.height = `${this.#text.scrollHeight + border}px`;
  }
}
