/**
 * What a person would notice about the chat page without reading it.
 *
 * The checks run in the page and are text here, since the project is not checked against the DOM.
 */

import type { Page } from "playwright-core";

/** How far the reader is from the newest message, in pixels. */
export function distanceToEnd(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const { scrollHeight, scrollTop, clientHeight } = document.getElementById("scroller");
    return scrollHeight - scrollTop - clientHeight;
  })()`);
}

/** Elements that stand out of the page to the right. */
export function overflow(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll("body *")]
    .filter((element) => !element.closest(".visually-hidden"))
    .filter((element) => element.getBoundingClientRect().right > innerWidth)
    .map((element) => element.outerHTML.slice(0, 100))`);
}

/** Texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
export function paleTexts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => channels(color).slice(0, 3)
      .map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
      .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    function behind(element) {
      const color = getComputedStyle(element).backgroundColor;
      return channels(color)[3] === 0 ? behind(element.parentElement) : color;
    }
    function contrast(element) {
      const [dark, light] = [getComputedStyle(element).color, behind(element)]
        .map(luminance).sort((one, other) => one - other);
      return (light + 0.05) / (dark + 0.05);
    }
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.checkVisibility() && element.innerText !== "")
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3))
      .filter((element) => contrast(element) < 4.5)
      .map((element) => contrast(element).toFixed(2) + " " + element.outerHTML.slice(0, 100));
  })()`);
}
