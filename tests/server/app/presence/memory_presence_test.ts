/** Presence of a single node, in memory. */

import { MemoryPresence } from "../../../../server/app/presence/memory_presence.ts";
import { presenceContract } from "../../../support/presence_contract.ts";

presenceContract("MemoryPresence", () => ({
  presence: new MemoryPresence(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}));
