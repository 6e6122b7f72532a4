/** Messages of honest clients, and the answers that they expect. */

/** The application of the server under siege. */
export type Kind = "echo" | "deflate" | "handlers" | "fanout" | "chat" | "tokens";

/** All kinds, in the order of the tables. */
export const kinds: readonly Kind[] = ["echo", "deflate", "chat", "tokens", "fanout", "handlers"];

/** Room of the chat in which all honest clients are. */
export const lobby = "lobby";

/** How one client talks. */
export interface Dialect {
  /** Path and query of the upgrade request. */
  readonly target: string;
  /** Messages to begin with. */
  readonly hello: readonly string[];
  /** Whether permessage-deflate is offered. */
  readonly deflate: boolean;
  /** A small message that the server answers. */
  ask(number: number): string;
  /** The number of the message that a text answers, if it is an answer to this client. */
  answered(text: string): number | undefined;
}

/** The talking client. */
export interface Speaker {
  /** Unlike that of any other client. */
  readonly name: string;
  /** A JSON Web Token, where the server asks for one. */
  readonly token?: string | undefined;
}

/**
 * Says how a client of a kind of server talks.
 *
 * @param kind The kind of server.
 * @param speaker The client.
 * @returns Its way of talking.
 */
export function dialectOf(kind: Kind, { name, token }: Speaker): Dialect {
  if (kind === "chat" || kind === "tokens") return chatDialect(name, token);
  return {
    target: "/",
    hello: [],
    deflate: kind === "deflate",
    ask: (number) => `${name} asks ${number}`,
    answered(text) {
      return text.startsWith(`${name} asks `) ? Number(text.slice(name.length + 6)) : undefined;
    },
  };
}

/** Writes into a room of its own, so that the answer is a message of a room like any other. */
function chatDialect(name: string, token: string | undefined): Dialect {
  const query = new URLSearchParams({ name, ...token !== undefined && { token } });
  const own = `room of ${name}`;
  return {
    target: `/ws?${query}`,
    hello: [lobby, own].map((roomId) => JSON.stringify({ type: "room:join", roomId })),
    deflate: false,
    ask: (number) =>
      JSON.stringify({ type: "chat:message", roomId: own, content: `asks ${number}` }),
    answered(text) {
      // Broadcasts of a flood are not worth parsing.
      if (text.length > 1_024 || !text.includes(own)) return undefined;
      const number = /"content":"asks (\d+)"/.exec(text)?.[1];
      return number === undefined ? undefined : Number(number);
    },
  };
}
