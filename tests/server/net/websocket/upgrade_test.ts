/** Tests of server/net/websocket/upgrade.ts. */

import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { assertSpyCalls, spy } from "@std/testing/mock";
import { HandshakeError } from "../../../../protocol/errors.ts";
import { HeaderFields } from "../../../../protocol/header_fields.ts";
import {
  type Accepted,
  acceptUnasked,
  acceptUpgrade,
  type UpgradeOptions,
  type UpgradeRequester,
} from "../../../../server/net/websocket/upgrade.ts";
import { resolveOptions } from "../../../../server/resolved_options.ts";
import { sampleAccept, upgradeFields } from "../../../support/heads.ts";

type Fields = Readonly<Record<string, string | undefined>>;

/** An upgrade request; `changes` replaces, adds or (by `undefined`) removes fields. */
function requester(changes: Fields = {}, target = "/"): UpgradeRequester {
  const entries: Fields = { ...Object.fromEntries(upgradeFields), ...changes };
  const fields = Object.entries(entries).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const]
  );
  const head = { method: "GET", target, version: 1, fields: new HeaderFields(fields) } as const;
  const url = `http://example.com${target}`;
  const request = { url, makeRequest: () => new Request(url) };
  return { head, remoteAddress: "192.0.2.1", request };
}

/** The default decisions of the server. */
function optionsWith(changes: Partial<UpgradeOptions> = {}): UpgradeOptions {
  return { ...resolveOptions({}), ...changes };
}

async function accept(
  from: UpgradeRequester,
  changes?: Partial<UpgradeOptions>,
): Promise<Accepted> {
  const accepted = await acceptUpgrade(from, optionsWith(changes));
  if (accepted instanceof Response) throw new Error(`Refused with ${accepted.status}`);
  return accepted;
}

function textOf(accepted: Accepted): string {
  return new TextDecoder("latin1").decode(accepted.response);
}

async function assertRefused(
  from: UpgradeRequester,
  status: number,
  changes: Partial<UpgradeOptions> = {},
): Promise<void> {
  const error = await assertRejects(
    () => acceptUpgrade(from, optionsWith(changes)),
    HandshakeError,
  );
  assertEquals(error.status, status);
}

Deno.test("acceptUnasked() comes to the same terms as acceptUpgrade()", async () => {
  const offers = { "Sec-WebSocket-Protocol": "a, b", "Sec-WebSocket-Extensions": "x" };
  for (const from of [requester(), requester(offers, "/ws?x")]) {
    for (const changes of [{}, { protocols: ["b"] }]) {
      assertEquals(
        acceptUnasked(from.head, from.request.url, optionsWith(changes)),
        await accept(from, changes),
      );
    }
  }
});

Deno.test("hostile 20: acceptUnasked() refuses what acceptUpgrade() refuses", async () => {
  const refused = [
    [requester({ "Sec-WebSocket-Version": "8" }), 426, {}],
    [requester({ "Sec-WebSocket-Key": "abc" }), 400, {}],
    [requester({ Origin: "https://evil.example" }), 403, {}],
    [requester({}, "/other"), 404, { path: "/ws" }],
  ] as const;
  for (const [from, status, changes] of refused) {
    await assertRefused(from, status, changes);
    const error = assertThrows(
      () => acceptUnasked(from.head, from.request.url, optionsWith(changes)),
      HandshakeError,
    );
    assertEquals(error.status, status);
  }
});

Deno.test("acceptUpgrade() makes a 101 that answers the key, and nothing else", async () => {
  const accepted = await accept(requester());
  const expected = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
    `Connection: Upgrade\r\nSec-WebSocket-Accept: ${sampleAccept}\r\n\r\n`;
  assertEquals(textOf(accepted), expected);
  assertEquals([accepted.protocol, accepted.deflate, accepted.data], ["", undefined, undefined]);
});

Deno.test("hostile 20: acceptUpgrade() asks the hook only after all checks have passed", async () => {
  const upgrade = spy();
  const changes: Partial<UpgradeOptions> = { upgrade, path: "/ws" };
  await assertRefused(requester({ "Sec-WebSocket-Version": "8" }, "/ws"), 426, changes);
  await assertRefused(requester({ "Sec-WebSocket-Key": "abc" }, "/ws"), 400, changes);
  await assertRefused(requester({ "Connection": "close" }, "/ws"), 426, changes);
  await assertRefused(requester({ "Origin": "https://evil.example" }, "/ws"), 403, changes);
  await assertRefused(requester({}, "/other"), 404, changes);
  assertSpyCalls(upgrade, 0);
  await accept(requester({}, "/ws?room=1"), changes);
  assertSpyCalls(upgrade, 1);
});

Deno.test("hostile 20: acceptUpgrade() answers no wrong version with 101, whatever the hook says", async () => {
  for (const version of ["8", "7", "0", "14", "13, 8", "", undefined]) {
    const from = requester({ "Sec-WebSocket-Version": version });
    await assertRefused(from, 426, { upgrade: () => ({ data: "welcome" }) });
  }
});

Deno.test("hostile 27: acceptUpgrade() compares the path only, and exactly", async () => {
  for (const target of ["//ws", "/ws/", "/WS", "/ws2", "/%77s", "/", "/x/..//ws"]) {
    await assertRefused(requester({}, target), 404, { path: "/ws" });
  }
  await accept(requester({}, "/x/../ws"), { path: "/ws" });
});

Deno.test("acceptUpgrade() gives the hook the request, the address and the offers", async () => {
  const seen: unknown[] = [];
  await accept(requester({ "Sec-WebSocket-Protocol": "a, b" }, "/room?id=1"), {
    upgrade: (request, info) => void seen.push(request.url, info),
  });
  assertEquals(seen, [
    "http://example.com/room?id=1",
    { remoteAddress: "192.0.2.1", protocols: ["a", "b"] },
  ]);
});

Deno.test("acceptUpgrade() returns the Response of a hook that refuses", async () => {
  const answer = await acceptUpgrade(
    requester(),
    optionsWith({ upgrade: () => Promise.resolve(new Response("no", { status: 401 })) }),
  );
  assertInstanceOf(answer, Response);
  assertEquals(answer.status, 401);
});

Deno.test("acceptUpgrade() puts the hook's data, headers and subprotocol into the terms", async () => {
  const headers = new Headers({ "x-node": "1" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  const accepted = await accept(requester({ "Sec-WebSocket-Protocol": "v1, v2" }), {
    protocols: ["v1"],
    upgrade: () => ({ protocol: "v2", headers, data: { user: "ann" } }),
  });
  assertEquals(accepted.protocol, "v2");
  assertEquals(accepted.data, { user: "ann" });
  const text = textOf(accepted);
  assertStringIncludes(text, "\r\nSec-WebSocket-Protocol: v2\r\n");
  assertStringIncludes(text, "\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nx-node: 1\r\n\r\n");
});

Deno.test("acceptUpgrade() leaves requests to whoever decides, and the hook to those of nobody", async () => {
  const asked: string[] = [];
  const changes: Partial<UpgradeOptions> = {
    path: "/ws",
    upgrade: () => void asked.push("hook"),
    decide(request, info) {
      const { pathname } = new URL(request.url);
      asked.push(pathname, info.remoteAddress);
      if (pathname === "/no") return Promise.resolve(new Response("no", { status: 401 }));
      return pathname === "/wire" ? Promise.resolve({ answer: { data: "ann" } }) : undefined;
    },
  };
  assertEquals((await accept(requester({}, "/wire"), changes)).data, "ann");
  assertInstanceOf(await acceptUpgrade(requester({}, "/no"), optionsWith(changes)), Response);
  await accept(requester({}, "/ws"), changes);
  const address = "192.0.2.1";
  assertEquals(asked, ["/wire", address, "/no", address, "/ws", address, "hook"]);
  await assertRefused(requester({}, "/other"), 404, changes);
  await assertRefused(requester({ Origin: "https://evil.example" }), 403, {
    decide: () => Promise.reject(new Error("asked")),
  });
});

Deno.test("acceptUpgrade() adds the header fields of the hook and of the wire, cookies of both", async () => {
  const answer = { headers: { "set-cookie": "a=1", "x-node": "1" } };
  const decide = () => Promise.resolve({ answer, headers: { "set-cookie": "b=2" } });
  const text = textOf(await accept(requester(), { decide }));
  assertStringIncludes(text, "\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nx-node: 1\r\n\r\n");
});

Deno.test("acceptUpgrade() answers with a token's subprotocol only where there is no other", async () => {
  const from = requester({ "Sec-WebSocket-Protocol": "bearer.a.b.c, chat" });
  const decide = () => Promise.resolve({ fallbackProtocol: "bearer.a.b.c" });
  const alone = await accept(from, { decide });
  assertStringIncludes(textOf(alone), "\r\nSec-WebSocket-Protocol: bearer.a.b.c\r\n");
  assertEquals(alone.protocol, "");
  const other = await accept(from, { decide, protocols: ["chat"] });
  assertStringIncludes(textOf(other), "\r\nSec-WebSocket-Protocol: chat\r\n");
  assertEquals([other.protocol, textOf(other).includes("bearer")], ["chat", false]);
});

Deno.test("acceptUpgrade() passes on what a hook throws", async () => {
  const upgrade = () => Promise.reject(new Error("database is down"));
  await assertRejects(
    () => acceptUpgrade(requester(), optionsWith({ upgrade })),
    Error,
    "database is down",
  );
});

Deno.test("hostile 25: acceptUpgrade() agrees only on a subprotocol that was offered", async () => {
  const from = requester({ "Sec-WebSocket-Protocol": "b, a" });
  assertEquals((await accept(from, { protocols: ["a", "b", "c"] })).protocol, "b");
  const none = await accept(from, { protocols: ["c"] });
  assertEquals(none.protocol, "");
  assertEquals(textOf(none).includes("Sec-WebSocket-Protocol"), false);
  await assertRejects(
    () => acceptUpgrade(from, optionsWith({ upgrade: () => ({ protocol: "c" }) })),
    TypeError,
    'Cannot agree on subprotocol "c": it was not offered',
  );
});

Deno.test("hostile 26: acceptUpgrade() refuses headers with CR, LF or NUL, and those of the handshake", async () => {
  for (const value of ["a\r\nSet-Cookie: b", "a\nb", "a\0b"]) {
    const upgrade = () => ({ headers: [["x-name", value]] as [string, string][] });
    await assertRejects(() => acceptUpgrade(requester(), optionsWith({ upgrade })), TypeError);
  }
  for (const name of ["Sec-WebSocket-Accept", "Upgrade", "Connection", "Content-Length"]) {
    const upgrade = () => ({ headers: { [name]: "1" } });
    await assertRejects(() => acceptUpgrade(requester(), optionsWith({ upgrade })), TypeError);
  }
});

const offer = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };

Deno.test("acceptUpgrade() declines compression that is off", async () => {
  const accepted = await accept(requester(offer));
  assertEquals(accepted.deflate, undefined);
  assertEquals(textOf(accepted).includes("Extensions"), false);
});

Deno.test("hostile 84: acceptUpgrade() agrees on compression without context takeover", async () => {
  const accepted = await accept(requester(offer), resolveOptions({ compress: true }));
  assertEquals(accepted.deflate?.serverNoContextTakeover, true);
  assertEquals(accepted.deflate?.clientNoContextTakeover, true);
  assertStringIncludes(textOf(accepted), "server_no_context_takeover");
  assertStringIncludes(textOf(accepted), "client_no_context_takeover");
});

Deno.test("acceptUpgrade() keeps the level that was configured", async () => {
  const options = resolveOptions({ compress: { level: 1, serverNoContextTakeover: false } });
  const { deflate } = await accept(requester(offer), options);
  assertEquals([deflate?.level, deflate?.serverNoContextTakeover], [1, false]);
});
