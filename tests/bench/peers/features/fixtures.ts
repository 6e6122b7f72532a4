/** Contenders for tests: ours, and what others would be. */

import { contenders } from "../../../../bench/peers/features/contenders.ts";
import type { ReadyContender } from "../../../../bench/peers/features/start.ts";

/** Our server, some of it replaced. */
export function ours(changes: Partial<ReadyContender> = {}): ReadyContender {
  return { ...contenders[0]!, modules: "", version: "1", ...changes };
}
