/** Publishing by HTTP as a wire, for back ends that hold no connection. */

import { AuthGate } from "../../app/auth/gate.ts";
import { EventError } from "../../app/events/errors.ts";
import { checkMethod, decodeText, errorResponse, HttpError, jsonResponse } from "../http_answer.ts";
import { httpErrorOf } from "../refusal.ts";
import type { Wire, WireApp, WireContext, WireHandler, WireRequest } from "../wire.ts";
import { parsePublishBody, type PublishMessage } from "./body.ts";
import {
  type PublishOptions,
  type ResolvedPublishOptions,
  resolvePublishOptions,
} from "./options.ts";

/** The outcome of one message. */
type Published = { readonly seq?: number; readonly epoch?: string } | {
  readonly error: { readonly code: string; readonly message: string };
};

/**
 * Lets back ends publish by `POST /api/publish` with an API key: `{"room","event","data"}` into a
 * room, which is answered with the message's position, `{"seq","epoch"}`; `{"user","event","data"}`
 * to all clients of a user, which is answered `{}`; or up to a thousand of these in an array, which
 * is answered by an array: where one of them could not be stored, its place holds
 * `{"error":{"code","message"}}`.
 *
 * Answers 401 without a key, 403 with a wrong one or for a room that it may not use, 400 for a bad
 * body, 503 where the message could not be stored. Of an array that is refused nothing is
 * published.
 *
 * @typeParam User What the authenticator makes of a key.
 * @param options The keys, and the rooms that each may publish to.
 * @returns The wire, for the option `wires` of `serve`.
 * @throws {TypeError} An option is not known or of a wrong type, or there is no authenticator.
 * @throws {RangeError} A number is out of range.
 *
 * @example A back end that publishes
 * ```ts
 * import { apiKeys, App, publish, serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const keys = apiKeys([{ key: "k-4f9b1c", rooms: ["deck"] }]);
 * const wires = [publish({ auth: keys, path: "/publish" })];
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app: new App(), wires });
 *
 * async function post(room: string): Promise<Response> {
 *   return await fetch(`http://127.0.0.1:${server.addr.port}/publish`, {
 *     method: "POST",
 *     headers: { authorization: "Bearer k-4f9b1c" },
 *     body: JSON.stringify({ room, event: "note", data: { text: "hi" } }),
 *   });
 * }
 * const { seq } = await (await post("deck")).json();
 * const refused = await post("bridge");
 * await refused.body?.cancel();
 * assertEquals([seq, refused.status], [1, 403]);
 * ```
 */
export function publish<User>(options: PublishOptions<User>): Wire {
  const resolved = resolvePublishOptions(options);
  return (context) => {
    if (context.app === undefined) throw new TypeError("Cannot publish: the server has no app");
    return new Publisher(resolved, context, context.app);
  };
}

/** Answers requests to publish. */
class Publisher implements WireHandler {
  readonly #options: ResolvedPublishOptions;
  readonly #gate: AuthGate<unknown>;
  readonly #context: WireContext;
  readonly #app: WireApp;

  constructor(options: ResolvedPublishOptions, context: WireContext, app: WireApp) {
    this.#options = options;
    this.#gate = new AuthGate(options.auth, { clock: context.clock });
    this.#context = context;
    this.#app = app;
  }

  owns(pathname: string): boolean {
    return pathname === this.#options.path;
  }

  async fetch(asked: WireRequest): Promise<Response> {
    const { request } = asked;
    try {
      checkMethod(request, "POST");
      const user = await this.#verify(asked);
      const body = parsePublishBody(decodeText(await request.bytes()));
      const messages = Array.isArray(body) ? body : [body];
      for (const { target } of messages) this.#checkTarget(user, target);
      const published = await Promise.all(messages.map((each) => this.#publish(each)));
      if (Array.isArray(body)) return jsonResponse(JSON.stringify(published.map(inPlace)));
      const [only] = published;
      if (only instanceof EventError) throw only;
      return jsonResponse(JSON.stringify(only));
    } catch (error) {
      if (error instanceof HttpError) return errorResponse(error);
      if (!(error instanceof EventError)) throw error;
      return errorResponse(httpErrorOf(error));
    }
  }

  /** @throws {HttpError} 401, 403 or 429. */
  async #verify({ request, remoteAddress }: WireRequest): Promise<unknown> {
    const key = /^bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (key === undefined) {
      throw new HttpError(401, "UNAUTHORIZED", "Missing API key", { "www-authenticate": "Bearer" });
    }
    const verdict = await this.#gate.verify(key, { request, remoteAddress });
    if (verdict === "refused") throw new HttpError(403, "FORBIDDEN", "Invalid API key");
    if (typeof verdict === "string") {
      throw new HttpError(429, "RATE_LIMITED", "Too many failed attempts", { "retry-after": "60" });
    }
    return verdict.user;
  }

  #checkTarget(user: unknown, target: PublishMessage["target"]): void {
    if (this.#options.mayPublish(user, target)) return;
    throw new HttpError(403, "FORBIDDEN", "This key may not publish there");
  }

  /** Never rejects. */
  async #publish({ target, event, data }: PublishMessage): Promise<Published | EventError> {
    try {
      if ("user" in target) {
        this.#app.emitToUser(target.user, event, data);
        return {};
      }
      const { seq, epoch } = await this.#app.publish(target.room, event, data);
      return { seq, epoch };
    } catch (error) {
      if (error instanceof EventError) return error;
      this.#context.failed(error);
      return new EventError("UNAVAILABLE", "Message could not be stored");
    }
  }
}

function inPlace(published: Published | EventError): Published {
  if (!(published instanceof EventError)) return published;
  const { code, message } = published;
  return { error: { code, message } };
}
