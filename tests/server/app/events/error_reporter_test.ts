/** The way of errors to `onError`. */

import { assertEquals } from "@std/assert";
import { ErrorReporter } from "../../../../server/app/events/error_reporter.ts";

Deno.test("ErrorReporter.report() tells whose error it was, and nothing that clients cause", () => {
  const client = { id: "c1", userId: undefined };
  const reported: unknown[] = [];
  const errors = new ErrorReporter<typeof client>(
    (error, place) => reported.push([error, place]),
    (error) => error === "no answer",
  );
  errors.report("disk is full", client, "save");
  errors.report("no answer", client, "vote");
  errors.broker("no reply");
  assertEquals(reported, [
    ["disk is full", { client, event: "save" }],
    ["no reply", { client: undefined, event: "broker" }],
  ]);
});
