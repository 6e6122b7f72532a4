/** Real Chromium for the tests of the chat page. */

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { programPath } from "./optional.ts";

/** Without a sandbox, since tests run as root in containers; without what would call home. */
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a condition may take to come true; generous, since the machine may be busy. */
const patience = 60_000;

/** Starts Chromium. The caller closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: programPath("chromium"),
    args: flags,
    timeout: patience,
  });
}

/** The errors and warnings of the browser. */
export interface Complaints {
  /** Errors and warnings on the console, uncaught exceptions, and violations of the CSP. */
  readonly complaints: string[];
}

/**
 * Opens a page of its own profile, as another person's.
 *
 * @param browser Where to.
 * @param options Size, colour scheme and the like.
 * @returns The page, and what is complained about as it happens.
 */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Complaints & { page: Page }> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    const isComplaint = message.type() === "error" || message.type() === "warning";
    if (isComplaint) complaints.push(`${message.type()}: ${message.text()}`);
  });
  return { page, complaints };
}
