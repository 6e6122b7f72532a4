import { assertEquals, assertMatch } from "@std/assert";
import { newRequestId } from "../../../client/line/request_id.ts";

Deno.test("newRequestId() draws UUIDs of version 4", () => {
  const ids = Array.from({ length: 100 }, newRequestId);
  for (const id of ids) {
    assertMatch(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  assertEquals(new Set(ids).size, 100);
});
