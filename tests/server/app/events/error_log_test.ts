/** Errors of handlers without `onError`. */

import { assertEquals } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { logError } from "../../../../server/app/events/error_log.ts";
import { connect } from "../../../support/clients.ts";
import { captureConsole } from "../../../support/console.ts";

const error = new Error("Aground");

Deno.test("logError() names the event, the client and the user", async () => {
  const app = new App({ identify: () => ({ id: "ada" }) });
  app.on("note", () => Promise.reject(error));
  const { connection, id } = connect(app);
  const lines = await captureConsole(() => connection.receiveJson({ type: "note" }));
  assertEquals(lines, [`Handler of "note" failed for client ${id} of user "ada": Error: Aground`]);
});

Deno.test("logError() names no user where there is none", async () => {
  const client = { id: "7", userId: undefined };
  const lines = await captureConsole(() => {
    logError(error, { event: "note", client });
    logError(error, { event: "error" });
  });
  assertEquals(lines, [
    'Handler of "note" failed for client 7: Error: Aground',
    'Handler of "error" failed: Error: Aground',
  ]);
});

Deno.test("hostile 117: logError() writes nothing of a user's id that a terminal might obey", async () => {
  const userId = `\x1b[2J\n\u202e"${"x".repeat(100)}`;
  const lines = await captureConsole(() =>
    logError(error, { event: "e", client: { id: "7", userId } })
  );
  const shown = `\ufffd[2J\ufffd\ufffd\\"${"x".repeat(57)}`;
  assertEquals(lines, [`Handler of "e" failed for client 7 of user "${shown}": Error: Aground`]);
});
