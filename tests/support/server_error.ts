/** What an error of the server says, without the stack that tells where it was made. */

import type { ServerError } from "../../client/errors.ts";

/** Takes what is compared out of an error. */
export function toError({ code, message, details }: ServerError) {
  return { code, message, details };
}
