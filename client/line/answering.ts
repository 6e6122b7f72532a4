/** Answers requests of the server. */

import { ServerError } from "../errors.ts";
import type { Handler } from "../events.ts";
import { type Answer, encodeAnswer } from "../message.ts";

/**
 * Runs the handlers of an event.
 *
 * @param handlers In their order.
 * @param data Data of the event.
 * @param failed Called with what they throw.
 */
export function runHandlers(
  handlers: readonly Handler<unknown>[],
  data: unknown,
  failed: (error: unknown) => void,
): void {
  for (const handler of handlers) {
    try {
      const result = handler(data);
      if (isThenable(result)) Promise.resolve(result).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** Whether a value is a promise of any class. May throw, as a getter may. */
function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

/** Characters of an event name that an error quotes. */
const maxNameLength = 100;

/**
 * Runs the handlers of a request, and answers with the first result.
 *
 * @param event Event name.
 * @param handlers In their order.
 * @param data Data of the request.
 * @param failed Called with what they throw, except a {@linkcode ServerError}, which is an answer.
 * @returns The answer. Never rejects.
 */
export async function answerRequest(
  event: string,
  handlers: readonly Handler<unknown>[],
  data: unknown,
  failed: (error: unknown) => void,
): Promise<Answer> {
  if (handlers.length === 0) {
    const name = event.slice(0, maxNameLength);
    return { error: new ServerError("UNKNOWN_EVENT", `Unknown event: ${name}`) };
  }
  const results = await Promise.allSettled(handlers.map(async (handler) => await handler(data)));
  const errors = results.filter((each) => each.status === "rejected").map(({ reason }) => reason);
  const refusal = errors.find((error) => error instanceof ServerError);
  for (const error of errors) if (!(error instanceof ServerError)) failed(error);
  const answer = results.find((each) => each.status === "fulfilled" && each.value !== undefined);
  if (answer?.status === "fulfilled") return { data: answer.value };
  if (refusal !== undefined) return { error: refusal };
  return errors.length === 0 ? { data: undefined } : { error: internalError() };
}

function internalError(): ServerError {
  return new ServerError("INTERNAL", "Internal error");
}

/** A request of the server, and the handlers of its event. */
export interface Request {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
  readonly handlers: readonly Handler<unknown>[];
}

/** Functions of the client that answering uses. */
export interface ResponderHandlers {
  /** Bytes that the connection has not sent yet. */
  bufferedAmount(): number;
  /** Sends an answer. */
  send(text: string): void;
  /** The server sends requests, and does not read the answers. */
  unread(): void;
  /** Called with what the handlers throw. */
  failed(error: unknown): void;
}

/** Requests whose handlers may run at a time. */
const maxRunning = 1_000;

/** Characters of answers that may wait to be sent. */
const maxUnread = 1_048_576;

/** Answers requests of the server, within limits. */
export class Responder {
  readonly #handlers: ResponderHandlers;
  #running = 0;
  #unread = 0;

  constructor(handlers: ResponderHandlers) {
    this.#handlers = handlers;
  }

  /**
   * Answers a request. Never rejects.
   *
   * @param isAwaited Whether the server still waits for the answer.
   */
  async respond({ id, event, data, handlers }: Request, isAwaited: () => boolean): Promise<void> {
    if (this.#running >= maxRunning) {
      const error = new ServerError("RATE_LIMITED", "Too many requests at a time");
      return this.#send(encodeAnswer(id, { error }));
    }
    this.#running++;
    const { failed } = this.#handlers;
    const answer = await answerRequest(event, handlers, data, failed).catch((error): Answer => {
      failed(error);
      return { error: internalError() };
    });
    this.#running--;
    if (isAwaited()) this.#send(this.#encode(id, answer));
  }

  /** Encodes an answer. An answer that JSON cannot carry is an error of the handler. */
  #encode(id: string, answer: Answer): string {
    try {
      return encodeAnswer(id, answer);
    } catch (error) {
      this.#handlers.failed(error);
      return encodeAnswer(id, { error: internalError() });
    }
  }

  #send(text: string): void {
    this.#unread = Math.min(this.#unread, this.#handlers.bufferedAmount()) + text.length;
    if (this.#unread > maxUnread) this.#handlers.unread();
    else this.#handlers.send(text);
  }
}
