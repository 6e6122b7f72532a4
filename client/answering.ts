/** Answers what the server asks. */

import { ServerError } from "./errors.ts";
import type { Handler } from "./events.ts";
import type { Answer } from "./message.ts";

/**
 * Runs the handlers of an event.
 *
 * @param handlers In their order.
 * @param data What the event carries.
 * @param failed Is told what they throw.
 */
export function runHandlers(
  handlers: readonly Handler<unknown>[],
  data: unknown,
  failed: (error: unknown) => void,
): void {
  for (const handler of handlers) {
    try {
      const result = handler(data);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

/**
 * Runs the handlers of a request, and makes an answer of the first result that there is.
 *
 * @param event Event name.
 * @param handlers In their order.
 * @param data What the request carries.
 * @param failed Is told what they throw, but for a {@linkcode ServerError}, which is an answer.
 * @returns The answer. Never rejects.
 */
export async function answerRequest(
  event: string,
  handlers: readonly Handler<unknown>[],
  data: unknown,
  failed: (error: unknown) => void,
): Promise<Answer> {
  if (handlers.length === 0) {
    return { error: new ServerError("UNKNOWN_EVENT", `Unknown event: ${event}`) };
  }
  const results = await Promise.allSettled(handlers.map(async (handler) => await handler(data)));
  const errors = results.filter((each) => each.status === "rejected").map(({ reason }) => reason);
  const refusal = errors.find((error) => error instanceof ServerError);
  for (const error of errors) if (!(error instanceof ServerError)) failed(error);
  const answer = results.find((each) => each.status === "fulfilled" && each.value !== undefined);
  if (answer?.status === "fulfilled") return { data: answer.value };
  if (refusal !== undefined) return { error: refusal };
  return errors.length === 0
    ? { data: null }
    : { error: new ServerError("INTERNAL", "Internal error") };
}
