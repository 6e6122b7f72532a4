/** The client of Socket.IO that questions are answered by, as it is written there, with the chat. */

import { assertEquals } from "@std/assert";
import { io, type Socket } from "socket.io-client";
import { startProgram } from "../support/program.ts";
import { secret, tokenOf } from "../support/tokens.ts";
import { waitFor } from "../support/wait.ts";

function startChat(port = "0") {
  const args = ["--port", port, "--hostname", "127.0.0.1", "--jwt-secret", secret];
  return startProgram("examples/chat/main.ts", { args });
}

/** What a client has come to know, a line an event. */
type Log = string[];

/** The client, but for the address and the name. */
function open(url: URL, token: string, log: Log): Socket {
  const socket = io(url.href, {
    auth: { token },
    reconnection: true,
    reconnectionDelay: 1000,
    reconnectionAttempts: 10,
    timeout: 10000,
    forceNew: true,
  });
  socket.on("connect", () => {
    log.push("connect");
    socket.emit("room:join", "chat-room-123");
  });
  socket.on("message:new", ({ userId, content }) => log.push(`${userId}: ${content}`));
  socket.on("user:typing", ({ userId }) => log.push(`${userId} types`));
  socket.on("connect_error", (error) => log.push(`connect_error: ${error.message}`));
  socket.on("disconnect", (reason) => log.push(`disconnect: ${reason}`));
  return socket;
}

/** Sends a message, and waits until its sender has been told of it. */
async function say(socket: Socket, log: Log, content: string): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.emit("message:send", { roomId: "chat-room-123", content }, (ack: { status: string }) => {
      if (ack?.status === "ok") resolve();
    });
  });
  await waitFor(() => log.at(-1)?.endsWith(`: ${content}`) ?? false);
}

Deno.test("seed: the client of Socket.IO signs in, joins, sends, hears, and leaves", async () => {
  await using chat = await startChat();
  const [log, others]: [Log, Log] = [[], []];
  const joined = (socket: Socket) => new Promise((resolve) => socket.once("room:joined", resolve));
  const ada = open(chat.url, tokenOf("ada"), log);
  await joined(ada);
  const bob = open(chat.url, tokenOf("bob"), others);
  await joined(bob);
  await say(ada, log, "Hello!");
  bob.emit("typing:start", { roomId: "chat-room-123" });
  await waitFor(() => log.at(-1) === "bob types");
  ada.disconnect();
  assertEquals(log, ["connect", "ada: Hello!", "bob types", "disconnect: io client disconnect"]);
  bob.disconnect();
});

Deno.test("seed: the client of Socket.IO is told that its token is bad, or missing", async () => {
  await using chat = await startChat();
  for (const token of ["bad", ""]) {
    const log: Log = [];
    const socket = open(chat.url, token, log);
    await waitFor(() => log.length > 0);
    assertEquals(log, ["connect_error: Authentication failed"]);
    socket.disconnect();
  }
});

Deno.test("seed: the client of Socket.IO comes back to its room after a restart", async () => {
  const log: Log = [];
  const first = await startChat();
  const { url } = first;
  const socket = open(url, tokenOf("ada"), log);
  await waitFor(() => log.length === 1);
  await say(socket, log, "before");
  await first[Symbol.asyncDispose]();
  await waitFor(() => log.length === 3);
  await using _second = await startChat(url.port);
  await waitFor(() => log.at(-1) === "connect");
  await say(socket, log, "after");
  const told = log.filter((line) => !line.startsWith("connect_error: "));
  assertEquals(told, [
    "connect",
    "ada: before",
    "disconnect: transport close",
    "connect",
    "ada: after",
  ]);
  socket.disconnect();
});
