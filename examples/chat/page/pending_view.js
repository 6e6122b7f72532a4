// @ts-check
/// <reference lib="dom" />
/** The person's own messages that are still on their way, below the log. */

import { find, make } from "./dom.js";
import { messageText } from "./message_text.js";

/**
 * @typedef {import("./outbox.js").Letter} Letter
 *
 * @typedef {object} PendingHandlers
 * @property {(key: number) => void} onRetry
 * @property {(key: number) => void} onDelete
 */

/** Keeps the element of a letter as long as its state stays, so that focus is not lost. */
export class PendingView {
  #list = find("pending", HTMLElement);
  /** @type {Map<number, { state: string, element: HTMLElement }>} */
  #shown = new Map();
  #handlers;

  /** @param {PendingHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** @param {readonly Letter[]} letters */
  show(letters) {
    const keys = new Set(letters.map((letter) => letter.key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    for (const letter of letters) this.#showOne(letter);
  }

  /** @param {Letter} letter */
  #showOne(letter) {
    const shown = this.#shown.get(letter.key);
    if (shown?.state === letter.state) return;
    const element = make("li", { class: "letter", "data-state": letter.state });
    element.append(messageText(letter.content), this.#foot(letter));
    if (letter.recipient) element.classList.add("private");
    if (shown) shown.element.replaceWith(element);
    else this.#list.append(element);
    this.#shown.set(letter.key, { state: letter.state, element });
  }

  /** @param {Letter} letter */
  #foot(letter) {
    const foot = make("div", { class: "letter-foot" });
    if (letter.state === "waiting" || letter.state === "sending") {
      foot.append(...nameRecipient(letter), describe(letter));
      return foot;
    }
    foot.append(make("span", { role: "alert" }, ...nameRecipient(letter), describe(letter)));
    const retry = make("button", { type: "button", class: "link" }, "Send again");
    retry.addEventListener("click", () => this.#handlers.onRetry(letter.key));
    const remove = make("button", { type: "button", class: "link" }, "Delete");
    remove.addEventListener("click", () => this.#handlers.onDelete(letter.key));
    foot.append(" ", retry, " ", remove);
    return foot;
  }
}

/** @param {Letter} letter */
function nameRecipient({ recipient }) {
  return recipient ? ["To ", make("bdi", {}, recipient.label), " only. "] : [];
}

/**
 * @param {Letter} letter
 * @returns {string}
 */
function describe({ state, problem }) {
  switch (state) {
    case "waiting":
      return "Waiting to be sent";
    case "sending":
      return "Sending…";
    case "unsure":
      return "Connection lost: this may not have arrived.";
    case "refused":
      return `Not sent: ${problem ?? "refused"}.`;
    case "unsent":
      return "From your last visit: this may not have been sent.";
  }
}
