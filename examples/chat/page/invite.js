// @ts-check
/// <reference lib="dom" />
/** The buttons that copy the address of the room, to bring others. */

/** Milliseconds for which the button says "Link copied". */
const CONFIRM_FOR = 2_000;

/** Makes every `.copy-link` button work. */
export function setUpInvites() {
  for (const button of document.querySelectorAll("button.copy-link")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      button.textContent = await copyAddress() ? "Link copied" : location.href;
      setTimeout(() => button.textContent = label, CONFIRM_FOR);
    });
  }
}

/** @returns {Promise<boolean>} False without a clipboard, as on plain HTTP from another host. */
async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}
