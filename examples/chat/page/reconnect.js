// @ts-check
/** Whether to connect again after a close, and how long to wait before. */

/**
 * Close codes after which another attempt would end the same way (RFC 6455 §7.4.1): a wish of the
 * server, a fault in what we speak, or a refusal.
 */
const FINAL_CODES = new Set([1000, 1002, 1003, 1007, 1008, 1010]);

/** HTTP statuses that pass with time: Request Timeout, Too Early, Too Many Requests. */
const PASSING_STATUSES = new Set([408, 425, 429]);

const MIN_DELAY = 1_000;
export const MAX_DELAY = 30_000;

/** Reasons of 1008 that pass with time: we have sent too fast. */
const RATE_REASONS = new Set(["Rate limit exceeded", "Too many events waiting"]);

/**
 * @param {number} code
 * @param {string} reason
 * @returns {boolean} True where the server closes since we have sent too fast.
 */
export function isRateClose(code, reason) {
  return code === 1008 && RATE_REASONS.has(reason);
}

/**
 * Codes 4400 to 4499 mirror HTTP's client errors: 4401 is "Unauthorized", and stays so.
 *
 * @param {number} code
 * @param {string} [reason]
 * @returns {boolean}
 */
export function mayReconnect(code, reason = "") {
  if (isRateClose(code, reason)) return true;
  if (code >= 4400 && code <= 4499) return PASSING_STATUSES.has(code - 4000);
  return !FINAL_CODES.has(code);
}

/**
 * Exponential with jitter over the whole range, so that the people of a restarted server do not
 * come back all at once.
 *
 * @param {number} attempt How many attempts have failed in a row.
 * @param {() => number} [random]
 * @returns {number} Milliseconds, from one second to thirty.
 */
export function reconnectDelay(attempt, random = Math.random) {
  const longest = Math.min(MAX_DELAY, MIN_DELAY * 2 ** (attempt + 1));
  return Math.round(MIN_DELAY + random() * (longest - MIN_DELAY));
}
