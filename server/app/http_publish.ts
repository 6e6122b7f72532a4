/** Publishing by HTTP: who may, and what reaches the rooms. */

import { type AuthContext, type Authenticator, resolveAuthOptions } from "./auth.ts";
import { AuthGate } from "./auth_gate.ts";
import type { Clock } from "./clock.ts";
import { EventError } from "./errors.ts";
import type { Position } from "./position.ts";

/** Options of publishing by HTTP. */
export interface HttpPublishOptions {
  /** Verifies what stands behind `Authorization: Bearer`; see {@linkcode apiKeys}. */
  auth: Authenticator;
  /** Path of the requests. @default {"/api/publish"} */
  path?: string;
  /** Failed attempts per address and minute, then 429; 0 is any number. @default {10} */
  maxFailedAuths?: number;
}

/** What the wire needs to answer requests. */
export interface Publishing {
  /** Path of the requests. */
  readonly path: string;
  /** Verifies a key. Rejects where the authenticator does. */
  verify(key: string, context: AuthContext): Promise<"accepted" | "refused" | "limited">;
  /**
   * Publishes a message.
   *
   * @throws {EventError} A name is not allowed.
   */
  publish(room: string, event: string, data: object): Promise<Position>;
}

/** Stands between requests and the streams of an application. */
export class HttpPublisher implements Publishing {
  readonly path: string;
  readonly #gate: AuthGate<unknown>;
  readonly #publish: (room: string, event: string, data: object) => Promise<Position>;

  /**
   * @param publish Publishes a message; an error of the type `TypeError` is the caller's fault.
   * @throws {TypeError} The path does not begin with a slash, or there is no authenticator.
   * @throws {RangeError} A number is out of range.
   */
  constructor(
    options: HttpPublishOptions,
    clock: Clock,
    publish: (room: string, event: string, data: object) => Promise<Position>,
  ) {
    const { auth, path = "/api/publish", maxFailedAuths = 10 } = options;
    const resolved = resolveAuthOptions<unknown>({ auth, maxFailedAuths });
    if (resolved === undefined || typeof path !== "string" || !path.startsWith("/")) {
      throw new TypeError(
        `Cannot publish by HTTP at "${path}": it needs auth, and a path that begins with "/"`,
      );
    }
    this.path = path;
    this.#gate = new AuthGate(resolved, { clock });
    this.#publish = publish;
  }

  /** See {@linkcode Publishing}. */
  async verify(key: string, context: AuthContext): Promise<"accepted" | "refused" | "limited"> {
    const verdict = await this.#gate.verify(key, context);
    return typeof verdict === "string" ? verdict : "accepted";
  }

  /** See {@linkcode Publishing}. */
  publish(room: string, event: string, data: object): Promise<Position> {
    try {
      return this.#publish(room, event, data);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new EventError("INVALID_MESSAGE", error.message, { cause: error });
    }
  }
}
