// @ts-check
/// <reference lib="dom" />
/** Keeps the newest message in sight, unless the reader has scrolled up. */

import { find } from "./dom.js";

/** As close to the end as this, a reader counts as being there. */
const NEAR = 48;

/** Follows the end of the log and counts what came meanwhile. */
export class Follower {
  #scroller = find("scroller", HTMLElement);
  #button = find("jump", HTMLButtonElement);
  #isFollowing = true;
  #unread = 0;

  constructor() {
    this.#scroller.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
      this.#isFollowing = scrollHeight - scrollTop - clientHeight < NEAR;
      if (this.#isFollowing) this.#setUnread(0);
    }, { passive: true });
    this.#button.addEventListener("click", () => {
      this.jump();
      find("text", HTMLTextAreaElement).focus();
    });
    // The keyboard of a phone, the banner and a growing message box all change the height.
    new ResizeObserver(() => this.follow()).observe(this.#scroller);
  }

  /** Call after content was added; `messages` of it are worth a count. */
  follow(messages = 0) {
    if (this.#isFollowing) this.jump();
    else this.#setUnread(this.#unread + messages);
  }

  /** Goes to the end and stays there. */
  jump() {
    this.#isFollowing = true;
    this.#setUnread(0);
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** @param {number} unread */
  #setUnread(unread) {
    this.#unread = unread;
    this.#button.hidden = unread === 0;
    this.#button.textContent = unread === 1 ? "1 new message ↓" : `${unread} new messages ↓`;
  }
}
