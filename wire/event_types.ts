/** Types of events, the same at both ends: their names, data and answers. */

import type { ArgsOf } from "./args.ts";

/** Events of any name with data of any kind, for programs that check the data themselves. */
export type AnyEvents = Record<string, unknown>;

/**
 * The event names of a type that maps names to events.
 *
 * @typeParam Events Such a type, for example an interface with a property for each event.
 */
export type EventName<Events extends object> = keyof Events & string;

/**
 * The data of each event, by its name. An event is given as its data, or as a function: of the
 * data, which returns the answer, or as Socket.IO's types have it, with a callback last. Functions of
 * several arguments carry {@linkcode ArgsOf} them.
 *
 * @typeParam Events A type that maps names to events.
 */
export type EventData<Events extends object> = {
  [Name in keyof Events]: Events[Name] extends (...args: infer Args extends unknown[]) => unknown
    ? Args extends [...infer Data, (...answer: never[]) => unknown]
      ? Data["length"] extends 0 | 1 ? Data[0] : ArgsOf<Data>
    : Args["length"] extends 0 | 1 ? Args[0]
    : ArgsOf<Args>
    : Events[Name];
};

/**
 * The results of each event's handlers, by its name: the answer, `void` for none, and `unknown`
 * where the event is given as its data alone.
 *
 * @typeParam Events A type that maps names to events; see {@linkcode EventData}.
 */
export type EventResults<Events extends object> = {
  [Name in keyof Events]: Events[Name] extends
    (...args: infer Args extends unknown[]) => infer Result
    ? Args extends [...unknown[], (answer: infer Answer, ...rest: never[]) => unknown] ? Answer
    : Awaited<Result>
    : unknown;
};

/**
 * The answer to each event, by its name, as it arrives: `undefined` for none, and `unknown` where
 * the event is given as its data alone. The answer is not checked.
 *
 * @typeParam Events A type that maps names to events; see {@linkcode EventData}.
 */
export type EventAnswers<Events extends object> = {
  [Name in keyof Events]: unknown extends EventResults<Events>[Name] ? unknown
    : EventResults<Events>[Name] extends infer Result
      ? Result extends void | undefined ? undefined : Result
    : never;
};

/**
 * The arguments that follow the name of an event: its data, which may be left out where there need
 * not be any, and more.
 *
 * @typeParam Data What the event carries.
 * @typeParam More Arguments behind the data.
 */
export type EventArguments<Data, More extends unknown[] = []> = undefined extends Data
  ? [data?: Data, ...more: More]
  : [data: Data, ...more: More];

/**
 * The events of an application, which its type carries: there is no such value.
 *
 * @typeParam ClientEvents Events of clients.
 * @typeParam ServerEvents Events of the server.
 */
export interface AppEvents<ClientEvents extends object, ServerEvents extends object> {
  /** Events of clients. */
  readonly client: ClientEvents;
  /** Events of the server. */
  readonly server: ServerEvents;
}

/**
 * The events of the server: of an application, where the type is one, or else the type itself.
 *
 * @typeParam Source The type of an application, such as `typeof app`, or a type of events.
 */
export type ServerEventsOf<Source extends object> = string extends keyof Source ? Source
  : Source extends { readonly "~events": { readonly server: infer Events extends object } } ? Events
  : Source;

/**
 * The events of an application's clients; any events, where the type is none of an application.
 *
 * @typeParam Source The type of an application, such as `typeof app`.
 */
export type ClientEventsOf<Source extends object> = string extends keyof Source ? AnyEvents
  : Source extends { readonly "~events": { readonly client: infer Events extends object } } ? Events
  : AnyEvents;
