/** All floods, in the order of the tables. */

import { chatHttpFloods } from "./chat_http.ts";
import { chatMessageFloods } from "./chat_messages.ts";
import { compressedFloods } from "./compressed.ts";
import { connectFloods } from "./connects.ts";
import type { Flood } from "./flood.ts";
import { frameFloods } from "./frames.ts";
import { handlerFloods } from "./handlers.ts";
import { holderFloods } from "./holders.ts";
import { httpFloods } from "./http.ts";

export * from "./flood.ts";

/** All floods. */
export const floods: readonly Flood[] = [
  ...frameFloods,
  ...compressedFloods,
  ...connectFloods,
  ...httpFloods,
  ...holderFloods,
  ...handlerFloods,
  ...chatMessageFloods,
  ...chatHttpFloods,
];
