/** Publishing by HTTP: who may, and what reaches the rooms. */

import { checkOptions, type OptionType } from "../../wire/option_checks.ts";
import { type AuthContext, type Authenticator, resolveAuthOptions } from "./auth/auth.ts";
import { AuthGate } from "./auth/gate.ts";
import type { Clock } from "../clock.ts";
import { EventError } from "./events/errors.ts";
import type { Position } from "../../wire/position.ts";

/**
 * Options of publishing by HTTP. Who has a key may publish any event in any room, by a POST of
 * `{"room","event","data"}` that is answered with the position of the message.
 */
export interface HttpPublishOptions {
  /** Verifies what stands behind `Authorization: Bearer`; see {@linkcode apiKeys}. */
  auth: Authenticator;
  /** Path of the requests. @default {"/api/publish"} */
  path?: string;
  /** Failed attempts per address and minute, then 429 two seconds late; 0: any. @default {10} */
  maxFailedAuths?: number;
}

/**
 * Publishing for those who hold no connection: what a wire finds as `app.http.publishing`, where
 * the option `httpPublish` is given.
 */
export interface Publishing {
  /** Path of the requests. */
  readonly path: string;
  /**
   * Verifies a key.
   *
   * @param key What was presented.
   * @param context Who presents it.
   * @returns `"limited"` where too many attempts from this address have failed: the key is a bad
   * one too, or was not verified. Rejects where the authenticator does.
   */
  verify(key: string, context: AuthContext): Promise<"accepted" | "refused" | "limited">;
  /**
   * Publishes a message.
   *
   * @param room Room name.
   * @param event Event name.
   * @param data What the event carries.
   * @returns The position of the message. Rejects where it could not be stored.
   * @throws {EventError} `INVALID_MESSAGE`: a name is not allowed, or the data cannot be encoded.
   */
  publish(room: string, event: string, data: unknown): Promise<Position>;
}

const optionTypes = {
  auth: "any",
  path: "any",
  maxFailedAuths: "any",
} as const satisfies Record<keyof HttpPublishOptions, OptionType>;

/** Stands between requests and the streams of an application. */
export class HttpPublisher implements Publishing {
  readonly path: string;
  readonly #gate: AuthGate<unknown>;
  readonly #publish: (room: string, event: string, data: unknown) => Promise<Position>;

  /**
   * @param publish Publishes a message; an error of the type `TypeError` is the caller's fault.
   * @throws {TypeError} An option is not known, the path does not begin with a slash, or there is no
   * authenticator.
   * @throws {RangeError} A number is out of range.
   */
  constructor(
    options: HttpPublishOptions,
    clock: Clock,
    publish: (room: string, event: string, data: unknown) => Promise<Position>,
  ) {
    checkOptions("httpPublish", options, optionTypes);
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

  async verify(key: string, context: AuthContext): Promise<"accepted" | "refused" | "limited"> {
    const verdict = await this.#gate.verify(key, context);
    if (verdict === "busy") return "limited";
    return typeof verdict === "string" ? verdict : "accepted";
  }

  publish(room: string, event: string, data: unknown): Promise<Position> {
    try {
      return this.#publish(room, event, data);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new EventError("INVALID_MESSAGE", error.message, { cause: error });
    }
  }
}
