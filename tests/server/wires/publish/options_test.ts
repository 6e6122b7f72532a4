/** Options of publishing by HTTP. */

import { assertEquals, assertThrows } from "@std/assert";
import { apiKeys } from "../../../../server/app/auth/api_keys.ts";
import {
  type PublishOptions,
  resolvePublishOptions,
} from "../../../../server/wires/publish/options.ts";

const auth = apiKeys(["k-1"]);

Deno.test("resolvePublishOptions() fills in the defaults", () => {
  const { path, auth: resolved } = resolvePublishOptions({ auth });
  assertEquals([path, resolved.maxFailures], ["/api/publish", 10]);
});

Deno.test("resolvePublishOptions() throws where it could not work", () => {
  const resolve = (options: unknown) => resolvePublishOptions(options as PublishOptions);
  assertThrows(() => resolve({ auth, path: "publish" }), TypeError, "path");
  assertThrows(() => resolve({ auth: {} }), TypeError, "auth");
  assertThrows(() => resolve({}), TypeError, "auth");
  assertThrows(() => resolve({ auth, maxFailures: -1 }), RangeError, "maxFailures");
  assertThrows(() => resolve({ auth, mayPublish: ["deck"] }), TypeError, "mayPublish");
  assertThrows(() => resolve({ auth, rooms: ["deck"] }), TypeError, "rooms");
});

Deno.test("hostile 281: resolvePublishOptions() lets a key that is bound to rooms publish there only", () => {
  const { mayPublish } = resolvePublishOptions({ auth });
  const bound = { keyId: "1", rooms: ["deck"] };
  const cases = [
    [bound, { room: "deck" }, true],
    [bound, { room: "bridge" }, false],
    [bound, { user: "deck" }, false],
    [{ keyId: "1", rooms: [] }, { room: "deck" }, false],
    [{ keyId: "1", rooms: "deck" }, { room: "deck" }, false],
    [{ keyId: "1" }, { room: "any" }, true],
    [{ keyId: "1" }, { user: "any" }, true],
    [undefined, { room: "any" }, true],
  ] as const;
  for (const [user, target, may] of cases) assertEquals(mayPublish(user, target), may);
});

Deno.test("resolvePublishOptions() asks mayPublish instead, which must answer at once", () => {
  const strict = resolvePublishOptions<{ team: string }>({
    auth: { verify: () => Promise.resolve({ user: { team: "deck" } }) },
    mayPublish: ({ team }, target) => "room" in target && target.room.startsWith(team),
  });
  assertEquals(strict.mayPublish({ team: "deck" }, { room: "deck-2" }), true);
  assertEquals(strict.mayPublish({ team: "deck" }, { room: "bridge" }), false);
  const mayPublish = (() => Promise.resolve(true)) as unknown as () => boolean;
  const late = resolvePublishOptions({ auth, mayPublish });
  assertThrows(() => late.mayPublish({}, { room: "deck" }), TypeError, "must answer at once");
});
