// @ts-check
/// <reference lib="dom" />
/**
 * What says who a person is, kept as long as the tab: a token, which some servers need, or a key
 * that makes a guest the same one again.
 */

import { recall, remember } from "./storage.js";

/** @returns {string} Empty where there is none. */
export function recallToken() {
  return recall("sessionStorage", "token");
}

/** @param {string} token Empty to forget. */
export function rememberToken(token) {
  remember("sessionStorage", "token", token.trim());
}

/** The key of this guest; also where storage is blocked. */
let guestKey = "";

/** @returns {string} A secret by which the server knows this guest again, after a reload too. */
export function recallGuestKey() {
  guestKey ||= recall("sessionStorage", "guest") || makeKey();
  remember("sessionStorage", "guest", guestKey);
  return guestKey;
}

/** Pages without TLS have no `crypto.randomUUID`. */
function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Reads who a token is for. Only the server can verify it.
 *
 * @param {string} token
 * @returns {import("./people.js").Person | undefined} Undefined where it is no JSON Web Token.
 */
export function ownerOf(token) {
  const payload = token.split(".")[1] ?? "";
  try {
    const bytes = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const json = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
    const { sub, name } = JSON.parse(json);
    if (typeof sub !== "string") return undefined;
    return { userId: sub, name: typeof name === "string" && name !== "" ? name : sub };
  } catch {
    return undefined;
  }
}

/**
 * @param {string} reason What the server said as it refused.
 * @returns {string} What to tell the person.
 */
export function describeRefusal(reason) {
  switch (reason) {
    case "":
    case "Missing token":
      return "This server asks who you are: enter your token.";
    case "token expired":
      return "Your token has expired: enter a new one.";
    case "Authentication failed":
    case "Invalid token":
      return "The server does not accept this token.";
    default:
      return `Could not sign in: ${reason}.`;
  }
}
