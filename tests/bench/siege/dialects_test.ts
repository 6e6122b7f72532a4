import { assertEquals } from "@std/assert";
import { dialectOf } from "../../../bench/siege/dialects.ts";

Deno.test("a dialect knows the answer to its own message only", () => {
  const ada = dialectOf("echo", { name: "ada" });
  const bob = dialectOf("fanout", { name: "bob" });
  assertEquals(ada.answered(ada.ask(3)), 3);
  assertEquals(ada.answered(bob.ask(3)), undefined);
  assertEquals(ada.answered("aaa"), undefined);
});

Deno.test("the chat's dialect takes its message's way back for the answer", () => {
  const { ask, answered } = dialectOf("chat", { name: "ada" });
  const { roomId, content } = JSON.parse(ask(12));
  const message = { type: "chat:message", id: 1, userId: "guest-1", content, ts: 1, roomId };
  assertEquals(answered(JSON.stringify({ ...message, seq: 1 })), 12);
  assertEquals(answered(JSON.stringify({ ...message, roomId: "lobby" })), undefined);
  assertEquals(answered(JSON.stringify({ type: "room:joined", roomId, members: [] })), undefined);
});

Deno.test("the dialect of a chat with tokens brings one", () => {
  const { target } = dialectOf("tokens", { name: "a&b", token: "x.y.z" });
  const { pathname, searchParams } = new URL(target, "http://localhost");
  assertEquals(pathname, "/ws");
  assertEquals([...searchParams], [["name", "a&b"], ["token", "x.y.z"]]);
});

Deno.test("only the compressed echo is offered compression", () => {
  assertEquals(dialectOf("echo", { name: "ada" }).deflate, false);
  assertEquals(dialectOf("deflate", { name: "ada" }).deflate, true);
});
