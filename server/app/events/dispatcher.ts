/** Finds the handler of an event and runs it, inside middleware and behind validation. */

import { checkOptions, type OptionType } from "../../../wire/option_checks.ts";
import type { EventData, EventResults } from "../../../wire/event_types.ts";
import { compose, type Middleware } from "./compose.ts";
import { EventError } from "./errors.ts";
import { checkHandledName, isHandledByWires } from "./events.ts";
import { type StandardSchema, validate } from "./schema.ts";

/**
 * Handles one event. Its result, or that of its promise, is the acknowledgement where the
 * client wants one; an {@linkcode EventError} that it throws is the answer, anything else that it
 * throws is answered `INTERNAL`.
 *
 * @typeParam Client Who sends events.
 * @typeParam Data What the event carries.
 * @typeParam Answer What acknowledges it.
 * @param client The sender of the event.
 * @param data The data of the event: unchecked where there is no schema.
 * @returns The acknowledgement, or a promise of it.
 */
export type EventHandler<Client, Data, Answer = unknown> = (
  client: Client,
  data: Data,
) => Answer | PromiseLike<Answer>;

/**
 * The handler of each event, by its name. Looked up by name, and not made of the name, it gives the
 * literals in a handler's answer their types: `{ status: "ok" }`.
 *
 * @typeParam Client Who sends events.
 * @typeParam Events A type that maps names to events; see {@linkcode EventData}.
 */
export type EventHandlers<Client, Events extends object> = {
  [Name in keyof Events]: EventHandler<
    Client,
    EventData<Events>[Name],
    EventResults<Events>[Name]
  >;
};

/**
 * The handler of each event behind a schema.
 *
 * @typeParam Client Who sends events.
 * @typeParam Events A type that maps names to events.
 * @typeParam Output What the schema makes of the data.
 */
export type CheckedHandlers<Client, Events extends object, Output> = {
  [Name in keyof Events]: EventHandler<Client, Output, EventResults<Events>[Name]>;
};

/** How an event is handled. */
export interface EventOptions {
  /**
   * Whether the client's next events are handled while the handler's promise is pending: up to 64
   * handlers run at a time for one client, and one more is waited for. Events begin in their order
   * all the same.
   *
   * @default {false}
   */
  concurrent?: boolean;
}

const optionTypes = {
  concurrent: "boolean",
} as const satisfies Record<keyof EventOptions, OptionType>;

/** The arguments of `app.on` besides the event. */
export type HandlerArguments<Client, Output> =
  | readonly [handler: EventHandler<Client, never>]
  | readonly [schema: StandardSchema<unknown, Output>, handler: EventHandler<Client, Output>]
  | readonly [options: EventOptions, handler: EventHandler<Client, never>]
  | readonly [
    options: EventOptions,
    schema: StandardSchema<unknown, Output>,
    handler: EventHandler<Client, Output>,
  ];

/** Reads what `app.on` is given besides the event. */
export function readHandler<Client, Output>(
  given: HandlerArguments<Client, Output>,
): { readonly handler: EventHandler<Client, unknown>; readonly options: EventOptions } {
  const [first, second] = given;
  const options = first !== undefined && given.length > 1 && !isSchema(first) ? first : {};
  const schema = given.length === 3 ? second : first;
  const handler = given.at(-1);
  // The casts: so say the types of `app.on`; without a schema, the data's type is the application's
  // word, and what is no function is refused by the dispatcher.
  return {
    options: options as EventOptions,
    handler: isSchema(schema)
      ? validated(
        schema as StandardSchema<unknown, Output>,
        handler as EventHandler<Client, Output>,
      )
      : handler as EventHandler<Client, unknown>,
  };
}

/** Some schemas are functions. */
function isSchema(value: unknown): boolean {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    "~standard" in value;
}

/** An unknown event's name is quoted up to this length. */
const maxQuotedName = 64;

/** The handlers and the middleware of an application. */
export class Dispatcher<Client> {
  readonly #handlers = new Map<string, EventHandler<Client, unknown>>();
  readonly #concurrent = new Set<string>();
  readonly #middleware: Middleware<Client>[] = [];
  #around: Middleware<Client> | undefined;

  /** Events that have a handler. */
  get events(): Iterable<string> {
    return this.#handlers.keys();
  }

  /** Adds a middleware inside those that are there. */
  use(middleware: Middleware<Client>): void {
    this.#middleware.push(middleware);
    this.#around = compose(this.#middleware);
  }

  /**
   * Sets the handler of an event.
   *
   * @throws {TypeError} The name is reserved or handled already, or an option is not known.
   */
  on(event: string, handler: EventHandler<Client, unknown>, options: EventOptions = {}): void {
    checkHandledName(event);
    checkOptions("app.on()", options, optionTypes);
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot handle "${event}": the handler is not a function`);
    }
    if (this.#handlers.has(event)) {
      throw new TypeError(
        `Cannot handle "${event}": it has a handler already, and only one can acknowledge the ` +
          "event: call both from one handler, or use middleware",
      );
    }
    this.#handlers.set(event, handler);
    if (options.concurrent) this.#concurrent.add(event);
  }

  /** Whether the handler of an event runs beside those that follow. */
  isConcurrent(event: string): boolean {
    return this.#concurrent.has(event);
  }

  /** Removes the handler of an event. */
  off(event: string): void {
    this.#handlers.delete(event);
    this.#concurrent.delete(event);
  }

  /**
   * Runs an event. Without middleware, and with a synchronous schema and handler, there is no
   * promise on the way.
   *
   * @returns The handler's result.
   * @throws {EventError} The event is unknown or reserved, or was refused on its way.
   */
  run(client: Client, event: string, data: unknown): unknown {
    return this.#around === undefined
      ? this.#handle(client, event, data)
      : this.#runInside(this.#around, client, event, data);
  }

  async #runInside(
    around: Middleware<Client>,
    client: Client,
    event: string,
    data: unknown,
  ): Promise<unknown> {
    const context = { client, event, data };
    let result: unknown;
    await around(context, async () => {
      result = await this.#handle(client, event, context.data);
    });
    return result;
  }

  #handle(client: Client, event: string, data: unknown): unknown {
    const handler = this.#handlers.get(event);
    if (handler !== undefined) return handler(client, data);
    if (isHandledByWires(event)) throw new EventError("INVALID_MESSAGE", "Event name is reserved");
    throw new EventError("UNKNOWN_EVENT", `Unknown event: ${event.slice(0, maxQuotedName)}`);
  }
}

/** Puts a schema in front of a handler. */
export function validated<Client, Data>(
  schema: StandardSchema<unknown, Data>,
  handler: EventHandler<Client, Data>,
): EventHandler<Client, unknown> {
  return function validateThenHandle(client, data): unknown {
    const value = validate(schema, data);
    return value instanceof Promise
      ? value.then((value) => handler(client, value))
      : handler(client, value);
  };
}
