/** The text of a server's error, without its stack. */

import type { ServerError } from "../../client/errors.ts";

/** Takes what is compared out of an error. */
export function toError({ code, message, details }: ServerError) {
  return { code, message, details };
}
