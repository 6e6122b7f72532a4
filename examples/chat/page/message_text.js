// @ts-check
/// <reference lib="dom" />
/** The text of a message, with its web addresses as links. */

import { make } from "./dom.js";

/** An http or https address up to a blank; punctuation at its end belongs to the sentence. */
const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?'()[\]{}]/giu;

/**
 * @param {string} content
 * @returns {HTMLParagraphElement}
 */
export function messageText(content) {
  const paragraph = make("p", { class: "message", dir: "auto" });
  let end = 0;
  for (const match of content.matchAll(ADDRESS)) {
    const [address] = match;
    if (!URL.canParse(address)) continue;
    paragraph.append(content.slice(end, match.index), link(address));
    end = match.index + address.length;
  }
  paragraph.append(content.slice(end));
  return paragraph;
}

/** @param {string} address */
function link(address) {
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);
}
