/** The chat as a client of Socket.IO meets it, with the calls that such a client makes. */

import { assert, assertEquals } from "@std/assert";
import { SignJWT } from "jose";
import { io, type Socket } from "socket.io-client";
import { JsonSocket } from "../support/json_socket.ts";
import { startProgram } from "../support/program.ts";

const secret = "a secret of thirty-two bytes, or more";

function startChat(...args: string[]) {
  return startProgram("examples/chat/main.ts", { args: ["--port", "0", ...args] });
}

function next(socket: Socket, event: string): Promise<Record<string, unknown>> {
  return new Promise((resolve) => socket.once(event, resolve));
}

function tokenFor(name: string): Promise<string> {
  return new SignJWT({ sub: name, name }).setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h").sign(new TextEncoder().encode(secret));
}

Deno.test("the chat lets clients of Socket.IO meet those of JSON in a room", async () => {
  await using chat = await startChat("--jwt-secret", secret);
  const { host } = chat.url;
  const auth = { token: await tokenFor("ada") };
  const ada = io(`http://${host}`, { auth, transports: ["websocket"] });
  await next(ada, "connect");
  ada.emit("room:join", "deck");
  assertEquals((await next(ada, "room:joined")).roomId, "deck");
  await using bob = await JsonSocket.open(`ws://${host}/ws?token=${await tokenFor("bob")}`);
  const joined = next(ada, "user:joined");
  bob.send({ type: "room:join", roomId: "deck" });
  assertEquals((await joined).userId, "bob");
  const typing = next(ada, "user:typing");
  bob.send({ type: "typing:start", roomId: "deck" });
  assertEquals((await typing).userId, "bob");
  const message = next(ada, "message:new");
  const answer = await ada.emitWithAck("message:send", { roomId: "deck", content: "Ahoy" });
  assertEquals(answer, { status: "ok" });
  const { userId, content, roomId } = await message;
  assertEquals([userId, content, roomId], ["ada", "Ahoy", "deck"]);
  const gone = next(ada, "disconnect");
  ada.disconnect();
  assertEquals(await gone as unknown, "io client disconnect");
});

Deno.test("the chat tells a client of Socket.IO that its sign-in has failed", async () => {
  await using chat = await startChat("--jwt-secret", secret);
  for (const auth of [{}, { token: "wrong" }]) {
    const socket = io(`http://${chat.url.host}`, { auth, forceNew: true });
    const error: unknown = await next(socket, "connect_error");
    assert(error instanceof Error);
    assertEquals(error.message, "Authentication failed");
    socket.disconnect();
  }
});
