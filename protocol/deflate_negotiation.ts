/** Agrees on permessage-deflate and its parameters, for both roles. RFC 7692 §7.1. */

import { type DeflateOptions, resolveDeflateOptions } from "./deflate_options.ts";
import { HandshakeError } from "./errors.ts";
import type { Extension } from "./extension_list.ts";

/**
 * The agreement of a client and a server, as one end knows it. A client may hold itself to more
 * than its server has answered. RFC 7692 §7.1.
 */
export interface DeflateParameters {
  /** Whether each message of the server stands alone. */
  readonly serverNoContextTakeover: boolean;
  /** Whether each message of the client stands alone. */
  readonly clientNoContextTakeover: boolean;
  /** Largest window of the server's messages, from 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** Largest window of the client's messages, from 8 to 15. */
  readonly clientMaxWindowBits: number;
}

/** A server's answer to an offer, as {@linkcode answerDeflate} makes it. */
export interface DeflateAnswer {
  /** The agreement that it leads to. */
  readonly parameters: DeflateParameters;
  /** The element for `Sec-WebSocket-Extensions`. */
  readonly answer: Extension;
}

/** The parameters of one offer or answer; a window without a value limits nothing. */
interface WireParameters {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  serverMaxWindowBits: number | undefined;
  clientMaxWindowBits: number | "unlimited" | undefined;
}

const extensionName = "permessage-deflate";

/** RFC 7692 §7: the window where neither side limits it. */
const fullWindow = 15;

/**
 * Answers a client: the first offer that is acceptable wins. RFC 7692 §5, §7.1.
 *
 * @param offers All extensions that the client offers, in its order of preference.
 * @param options The options of the server.
 * @returns The agreement, or `undefined` when no offer is acceptable: the server then answers
 * nothing, and the connection goes without compression.
 * @throws {TypeError} An option is of a wrong type.
 * @throws {RangeError} An option is out of range.
 *
 * @example What a browser offers
 * ```ts
 * import { answerDeflate, encodeExtensions, parseExtensions } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const offers = parseExtensions(["permessage-deflate; client_max_window_bits"]);
 * const agreed = answerDeflate(offers, { clientMaxWindowBits: 12 });
 * assertEquals(
 *   agreed && encodeExtensions([agreed.answer]),
 *   "permessage-deflate; server_no_context_takeover; client_no_context_takeover; " +
 *     "client_max_window_bits=12",
 * );
 * ```
 */
export function answerDeflate(
  offers: readonly Extension[],
  options: DeflateOptions,
): DeflateAnswer | undefined {
  const configured = resolveDeflateOptions(options);
  for (const offer of offers) {
    const offered = offer.name === extensionName ? parseParameters(offer) : undefined;
    if (offered !== undefined) return answerOffer(offered, configured);
  }
  return undefined;
}

// A server's truth tables. "configured" is the option, "offered" the parameter in the offer.
//
// server_no_context_takeover, §7.1.1.1: a side that is asked must obey; one that is not may still announce it.
// client_no_context_takeover, §7.1.1.2: an offer of it is a hint, the answer makes it binding, and
// the server may demand it without a hint. Both come to the same:
//
//   configured  offered  answered  stands alone
//   false       no       no        false
//   false       yes      yes       true
//   true        no/yes   yes       true
//
// server_max_window_bits, §7.1.2.1: the server obeys, with the same window or a smaller one.
//
//   configured  offered  answered  window
//   15          no       no        15
//   N < 15      no       N         N
//   N           M        min(N,M)  min(N,M)
//
// client_max_window_bits, §7.1.2.2: the server may limit only a client that offers the parameter.
//
//   configured  offered  answered  window
//   N           no       no        15
//   15          no value no        15
//   N < 15      no value N         N
//   N           M        min(N,M)  min(N,M)
function answerOffer(offered: WireParameters, configured: Required<DeflateOptions>): DeflateAnswer {
  const server = offered.serverMaxWindowBits;
  const client = offered.clientMaxWindowBits;
  const clientLimit = client === undefined ? fullWindow : configured.clientMaxWindowBits;
  const parameters: DeflateParameters = {
    serverNoContextTakeover: configured.serverNoContextTakeover || offered.serverNoContextTakeover,
    clientNoContextTakeover: configured.clientNoContextTakeover || offered.clientNoContextTakeover,
    serverMaxWindowBits: Math.min(configured.serverMaxWindowBits, server ?? fullWindow),
    clientMaxWindowBits: typeof client === "number" ? Math.min(clientLimit, client) : clientLimit,
  };
  const mustAnswer = { server: server !== undefined, client: typeof client === "number" };
  return { parameters, answer: encodeParameters(parameters, mustAnswer) };
}

/**
 * Makes a client's offer. It always lets the server limit the client's window.
 *
 * @param options The options of the client.
 * @returns The element for `Sec-WebSocket-Extensions`.
 * @throws {TypeError} An option is of a wrong type.
 * @throws {RangeError} An option is out of range.
 *
 * @example A client that leaves most to the server
 * ```ts
 * import { encodeExtensions, offerDeflate } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const offer = offerDeflate({ serverNoContextTakeover: false, clientNoContextTakeover: false });
 * assertEquals(encodeExtensions([offer]), "permessage-deflate; client_max_window_bits");
 * ```
 */
export function offerDeflate(options: DeflateOptions): Extension {
  const configured = resolveDeflateOptions(options);
  const { name, parameters } = encodeParameters(configured, { server: false, client: false });
  if (configured.clientMaxWindowBits < fullWindow) return { name, parameters };
  return { name, parameters: [...parameters, ["client_max_window_bits", undefined]] };
}

/**
 * Checks a server's answer to {@linkcode offerDeflate}.
 *
 * @param answer The element that the server has sent.
 * @param options The options of the client, from which it has made its offer.
 * @returns The agreement.
 * @throws {HandshakeError} The answer is not a legal one to the offer. RFC 7692 §7.1: the client
 * fails the connection.
 * @throws {TypeError} An option is of a wrong type.
 * @throws {RangeError} An option is out of range.
 *
 * @example A server that limits the client's window
 * ```ts
 * import { acceptDeflate, parseExtensions } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const [answer] = parseExtensions([
 *   "permessage-deflate; server_no_context_takeover; client_max_window_bits=10",
 * ]);
 * assertEquals(acceptDeflate(answer!, {}).clientMaxWindowBits, 10);
 * ```
 */
export function acceptDeflate(answer: Extension, options: DeflateOptions): DeflateParameters {
  const configured = resolveDeflateOptions(options);
  const answered = answer.name === extensionName ? parseParameters(answer) : undefined;
  // §7.1.2.2: in an answer the window has a value.
  if (answered === undefined || answered.clientMaxWindowBits === "unlimited") {
    throw new HandshakeError(0, "Server answers permessage-deflate with invalid parameters");
  }
  const parameters: DeflateParameters = {
    serverNoContextTakeover: answered.serverNoContextTakeover,
    clientNoContextTakeover: configured.clientNoContextTakeover || answered.clientNoContextTakeover,
    serverMaxWindowBits: answered.serverMaxWindowBits ?? fullWindow,
    clientMaxWindowBits: answered.clientMaxWindowBits ?? configured.clientMaxWindowBits,
  };
  if (!conformsTo(parameters, configured)) {
    throw new HandshakeError(0, "Server answers permessage-deflate with more than was offered");
  }
  return parameters;
}

// A client's truth tables. "offered" is what offerDeflate() makes of the options.
//
// server_no_context_takeover, §7.1.1.1: a server that accepts the offer answers it.
//
//   offered  answered  stands alone
//   no       no        false
//   no/yes   yes       true
//   yes      no        illegal
//
// client_no_context_takeover, §7.1.1.2: the offer was a hint, and we do as we have said.
//
//   offered  answered  stands alone
//   no       no        false
//   yes      no        true
//   no/yes   yes       true
//
// server_max_window_bits, §7.1.2.1: a server that accepts the offer answers it.
//
//   offered  answered  window
//   no       no        15
//   no       M         M
//   N < 15   no        illegal
//   N < 15   M <= N    M
//   N < 15   M > N     illegal
//
// client_max_window_bits, §7.1.2.2: always offered; unlimited, we keep to what we have said.
//
//   offered  answered  window
//   N        no        N
//   N        M <= N    M
//   N < 15   M > N     illegal
function conformsTo(agreed: DeflateParameters, offered: Required<DeflateOptions>): boolean {
  return (agreed.serverNoContextTakeover || !offered.serverNoContextTakeover) &&
    agreed.serverMaxWindowBits <= offered.serverMaxWindowBits &&
    agreed.clientMaxWindowBits <= offered.clientMaxWindowBits;
}

/** Writes what is limited; a window that is not, only where it has to be answered. */
function encodeParameters(agreed: DeflateParameters, mustAnswer: {
  server: boolean;
  client: boolean;
}): Extension {
  const parameters: [name: string, value: string | undefined][] = [];
  const { serverMaxWindowBits: server, clientMaxWindowBits: client } = agreed;
  if (agreed.serverNoContextTakeover) parameters.push(["server_no_context_takeover", undefined]);
  if (agreed.clientNoContextTakeover) parameters.push(["client_no_context_takeover", undefined]);
  if (server < fullWindow || mustAnswer.server) {
    parameters.push(["server_max_window_bits", String(server)]);
  }
  if (client < fullWindow || mustAnswer.client) {
    parameters.push(["client_max_window_bits", String(client)]);
  }
  return { name: extensionName, parameters };
}

/**
 * Reads the parameters of one element.
 *
 * @returns `undefined` for what must be declined, RFC 7692 §7.1: a parameter that is unknown, comes
 * twice, or has a value that it may not have.
 */
function parseParameters({ parameters }: Extension): WireParameters | undefined {
  const parsed: WireParameters = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
  };
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name) || !readParameter(parsed, name, value)) return undefined;
    seen.add(name);
  }
  return parsed;
}

/** Returns whether the parameter is known and has a value that it may have. */
function readParameter(into: WireParameters, name: string, value: string | undefined): boolean {
  const bits = parseWindowBits(value);
  switch (name) {
    case "server_no_context_takeover":
      into.serverNoContextTakeover = true;
      return value === undefined;
    case "client_no_context_takeover":
      into.clientNoContextTakeover = true;
      return value === undefined;
    case "server_max_window_bits":
      into.serverMaxWindowBits = bits;
      return bits !== undefined;
    case "client_max_window_bits":
      into.clientMaxWindowBits = bits ?? "unlimited";
      return bits !== undefined || value === undefined;
    default:
      return false;
  }
}

/** RFC 7692 §7.1.2: a decimal integer without leading zeroes, from 8 to 15. */
function parseWindowBits(value: string | undefined): number | undefined {
  return value !== undefined && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : undefined;
}
