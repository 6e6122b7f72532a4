// @ts-check
/// <reference lib="dom" />
/** The state of the connection: a line under the room's name, and a banner when it is not online. */

import { find } from "./dom.js";

/**
 * @typedef {(
 *   | { phase: "connecting" }
 *   | { phase: "online", isLimited: boolean }
 *   | { phase: "waiting", until: number }
 *   | { phase: "stopped", code: number, reason: string }
 * )} Status
 */

/** The state without WebSocket, in full: a touch screen has no tooltips. */
const LIMITED = "Online without WebSocket: slower";

/** Only `#state` is announced to screen readers; the countdown in the banner is not. */
export class StatusView {
  #chat = find("chat", HTMLElement);
  #state = find("state", HTMLElement);
  #banner = find("banner", HTMLElement);
  #text = find("banner-text", HTMLElement);
  #detail = find("banner-detail", HTMLElement);
  #retry = find("retry", HTMLButtonElement);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #countdown;
  #wasOnline = false;

  /** @param {() => void} onRetry */
  constructor(onRetry) {
    this.#retry.addEventListener("click", onRetry);
  }

  /** A new room starts with no past. */
  reset() {
    this.#wasOnline = false;
    this.#hideBanner();
  }

  /** @param {Status} status */
  show(status) {
    clearInterval(this.#countdown);
    const isLimited = status.phase === "online" && status.isLimited;
    this.#chat.classList.toggle("limited", isLimited);
    this.#chat.dataset.state = status.phase;
    switch (status.phase) {
      case "online":
        this.#wasOnline = true;
        this.#say(isLimited ? LIMITED : "Online");
        this.#hideBanner();
        break;
      case "connecting":
        if (this.#banner.hidden) this.#say("Connecting…");
        this.#detail.textContent = "Connecting…";
        break;
      case "waiting":
        this.#showWaiting(status.until);
        break;
      case "stopped":
        this.#say("Disconnected");
        this.#text.textContent = `The server ended the connection${
          status.reason ? `: ${status.reason}` : ` (code ${status.code})`
        }.`;
        this.#detail.textContent = "";
        this.#retry.textContent = "Connect again";
        this.#banner.hidden = false;
        break;
    }
  }

  /** @param {number} until */
  #showWaiting(until) {
    this.#say(navigator.onLine ? "Reconnecting" : "Offline");
    this.#text.textContent = navigator.onLine
      ? (this.#wasOnline ? "Connection lost." : "The server does not answer.")
      : "You are offline.";
    this.#retry.textContent = "Try now";
    this.#banner.hidden = false;
    const tick = () => {
      const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
      this.#detail.textContent = `Trying again in ${seconds} s`;
    };
    tick();
    this.#countdown = setInterval(tick, 1000);
  }

  #hideBanner() {
    clearInterval(this.#countdown);
    const hadFocus = this.#banner.contains(document.activeElement);
    this.#banner.hidden = true;
    if (hadFocus) find("text", HTMLTextAreaElement).focus();
  }

  /** @param {string} state */
  #say(state) {
    if (this.#state.textContent !== state) this.#state.textContent = state;
  }
}
