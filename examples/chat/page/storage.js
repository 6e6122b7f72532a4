// @ts-check
/// <reference lib="dom" />
/** Storage of the browser, where the page may use it: a refusal is no error. */

/**
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {string} key
 * @returns {string}
 */
export function recall(kind, key) {
  try {
    return globalThis[kind].getItem(`hawser:${key}`) ?? "";
  } catch {
    return "";
  }
}

/**
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {string} key
 * @param {string} value Empty to forget.
 */
export function remember(kind, key, value) {
  try {
    if (value === "") globalThis[kind].removeItem(`hawser:${key}`);
    else globalThis[kind].setItem(`hawser:${key}`, value);
  } catch {
    // Storage is blocked or full: the page works without it.
  }
}

/**
 * @param {string} room
 * @returns {string[]} The messages that an earlier visit in this tab could not send.
 */
export function recallUnsent(room) {
  try {
    const value = JSON.parse(recall("sessionStorage", `unsent:${room}`));
    return Array.isArray(value) ? value.filter((content) => typeof content === "string") : [];
  } catch {
    return [];
  }
}

/**
 * @param {string} room
 * @param {readonly string[]} contents
 */
export function rememberUnsent(room, contents) {
  const value = contents.length === 0 ? "" : JSON.stringify(contents);
  remember("sessionStorage", `unsent:${room}`, value);
}
