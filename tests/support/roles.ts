/** Tests that are the same for both ends of a connection. */

import type { Role } from "../../protocol/frame.ts";

/** Defines a test for each end of a connection. */
export function testRoles(name: string, run: (role: Role) => void): void {
  for (const role of ["server", "client"] as const) {
    Deno.test(`${name} (${role})`, () => run(role));
  }
}
