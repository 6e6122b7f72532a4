/** From an upgrade request to the terms of a connection: every check, the user's hook, the 101. */

import {
  type AgreedDeflate,
  answerDeflate,
  checkUpgradeRequest,
  type DeflateOptions,
  encodeUpgradeResponse,
  type Extension,
  HandshakeError,
  type RequestHead,
  selectSubprotocol,
  type UpgradeRequest,
} from "../../../protocol/mod.ts";
import type { RequestInfo, RequestMaker, UpgradeAnswer, UpgradeTerms } from "../../types.ts";
import { checkOrigin, type OriginOptions } from "../origin.ts";

/** Settings of the opening handshake. */
export interface UpgradeOptions extends OriginOptions {
  /** The only path that upgrades, where `decide` knows of no other; `undefined`: any. */
  path: string | undefined;
  /** Subprotocols that are spoken. */
  protocols: readonly string[];
  /** Terms of permessage-deflate; `undefined` declines every offer. */
  deflate: Required<DeflateOptions> | undefined;
  /**
   * Decides about a request that has passed all checks and is for a wire, which asks the hook itself;
   * `undefined`: it is for none.
   */
  decide?:
    | ((request: RequestMaker, info: RequestInfo) => Promise<Response | UpgradeTerms> | undefined)
    | undefined;
  /** Decides about a request that is for no wire. */
  upgrade:
    | ((request: Request, info: RequestInfo) => UpgradeDecision | Promise<UpgradeDecision>)
    | undefined;
}

/** The answer of a hook. */
export type UpgradeDecision = Response | UpgradeAnswer | void;

/** The terms under which a connection opens. */
export interface Accepted extends Pick<UpgradeTerms, "open" | "terms"> {
  /** The 101 response. */
  readonly response: Uint8Array;
  /** The subprotocol, or the empty string. */
  readonly protocol: string;
  readonly deflate: AgreedDeflate | undefined;
  /** The `data` that the hook attached. */
  readonly data: unknown;
}

/** The request, and the peer that sends it. */
export interface UpgradeRequester extends Pick<RequestInfo, "remoteAddress"> {
  readonly head: RequestHead;
  readonly request: RequestMaker;
}

/**
 * Decides about an upgrade request. A 101 is made only after all checks have passed.
 *
 * @returns The terms, or the Response of a hook that refuses.
 * @throws {HandshakeError} The request is refused, with this status.
 */
export async function acceptUpgrade(
  requester: UpgradeRequester,
  options: UpgradeOptions,
): Promise<Accepted | Response> {
  const request = checkRequester(requester.head, requester.request.url, options);
  const info = { remoteAddress: requester.remoteAddress, protocols: request.protocols };
  const decision = await options.decide?.(requester.request, info);
  if (decision !== undefined) {
    return decision instanceof Response ? decision : agree(request, decision, options);
  }
  checkPath(requester.request.url, options);
  const answer = await options.upgrade?.(requester.request.makeRequest(), info) ?? {};
  return answer instanceof Response ? answer : agree(request, { answer }, options);
}

/**
 * Does the same where neither a wire nor a hook is to be asked. Without promises it saves 1 us of
 * the 13 that a connection costs above the system calls.
 *
 * @throws {HandshakeError} The request is refused, with this status.
 */
export function acceptUnasked(
  head: RequestHead,
  url: string,
  options: UpgradeOptions,
): Accepted {
  const request = checkRequester(head, url, options);
  checkPath(url, options);
  return agree(request, {}, options);
}

/** Makes all the checks that need neither the application nor the hook. */
function checkRequester(head: RequestHead, url: string, options: UpgradeOptions): UpgradeRequest {
  const request = checkUpgradeRequest(head);
  checkOrigin(head, url, options);
  return request;
}

function checkPath(url: string, { path }: UpgradeOptions): void {
  if (path === undefined || new URL(url).pathname === path) return;
  throw new HandshakeError(404, "No WebSocket at this path");
}

function agree(
  request: UpgradeRequest,
  { answer = {}, headers, fallbackProtocol, terms, open }: UpgradeTerms,
  options: UpgradeOptions,
): Accepted {
  const protocol = answer.protocol ?? selectSubprotocol(request.protocols, options.protocols);
  // RFC 6455 §4.2.2: a server picks only from what the client offers.
  if (protocol !== undefined && !request.protocols.includes(protocol)) {
    throw new TypeError(`Cannot agree on subprotocol "${protocol}": it was not offered`);
  }
  const deflate = options.deflate && answerDeflate(request.extensions, options.deflate);
  const extensions: Extension[] = deflate === undefined ? [] : [deflate.answer];
  return {
    response: encodeUpgradeResponse({
      key: request.key,
      protocol: protocol ?? fallbackProtocol,
      extensions,
      headers: joinHeaders([answer.headers, headers]),
    }),
    protocol: protocol ?? "",
    deflate: deflate && { ...options.deflate, ...deflate.parameters },
    data: answer.data,
    terms,
    open,
  };
}

/** Joins the fields of both; where there are none, a connection is spared a Headers object. */
function joinHeaders(
  parts: readonly (HeadersInit | undefined)[],
): Iterable<readonly [name: string, value: string]> {
  const given = parts.filter((part) => part !== undefined);
  if (given.length < 2) return given.length === 0 ? [] : new Headers(given[0]);
  const joined = new Headers();
  for (const part of given) {
    for (const [name, value] of new Headers(part)) joined.append(name, value);
  }
  return joined;
}
