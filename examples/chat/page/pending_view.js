// @ts-check
/// <reference lib="dom" />
/** The person's own messages that are still on their way, below the log. */

import { find, make } from "./dom.js";
import { messageText } from "./message_text.js";

/**
 * @typedef {import("./outbox.js").OutgoingMessage} OutgoingMessage
 *
 * @typedef {object} PendingHandlers
 * @property {(key: number) => void} onRetry
 * @property {(key: number) => void} onDelete
 */

/** Keeps the element of a message as long as its state stays, so that focus is not lost. */
export class PendingView {
  #list = find("pending", HTMLElement);
  /** @type {Map<number, { state: string, element: HTMLElement }>} */
  #shown = new Map();
  #handlers;

  /** @param {PendingHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** @param {readonly OutgoingMessage[]} messages */
  show(messages) {
    const keys = new Set(messages.map((message) => message.key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    for (const message of messages) this.#showOne(message);
  }

  /** @param {OutgoingMessage} message */
  #showOne(message) {
    const shown = this.#shown.get(message.key);
    if (shown?.state === message.state) return;
    const element = make("li", { class: "outgoing", "data-state": message.state });
    element.append(messageText(message.content), this.#foot(message));
    if (message.recipient) element.classList.add("private");
    if (shown) shown.element.replaceWith(element);
    else this.#list.append(element);
    this.#shown.set(message.key, { state: message.state, element });
  }

  /** @param {OutgoingMessage} message */
  #foot(message) {
    const foot = make("div", { class: "outgoing-foot" });
    if (message.state === "waiting" || message.state === "sending") {
      foot.append(...nameRecipient(message), describe(message));
      return foot;
    }
    foot.append(make("span", { role: "alert" }, ...nameRecipient(message), describe(message)));
    const retry = make("button", { type: "button", class: "link" }, "Send again");
    retry.addEventListener("click", () => this.#handlers.onRetry(message.key));
    const remove = make("button", { type: "button", class: "link" }, "Delete");
    remove.addEventListener("click", () => this.#handlers.onDelete(message.key));
    foot.append(" ", retry, " ", remove);
    return foot;
  }
}

/** @param {OutgoingMessage} message */
function nameRecipient({ recipient }) {
  return recipient ? ["To ", make("bdi", {}, recipient.label), " only. "] : [];
}

/**
 * @param {OutgoingMessage} message
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
