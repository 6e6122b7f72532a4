/** All floods, in the order of the tables. */

import { connectFloods } from "./connects.ts";
import type { Flood } from "./flood.ts";
import { frameFloods } from "./frames.ts";

export * from "./flood.ts";

/** All floods. */
export const floods: readonly Flood[] = [...frameFloods, ...connectFloods];
