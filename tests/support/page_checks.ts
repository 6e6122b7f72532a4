/**
 * Checks of the chat page's layout and accessibility.
 *
 * The checks run in the page and are text here, since the project is not checked against the DOM.
 */

import axe from "axe-core";
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

/** The rules of WCAG 2.2 up to level AA, and what the makers of axe hold for good practice. */
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Lists barriers of the page: low contrast, missing names, roles and landmarks. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    `axe.run({ runOnly: ${JSON.stringify(rules)} })`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} ${failureSummary ?? ""}`)
  );
}
