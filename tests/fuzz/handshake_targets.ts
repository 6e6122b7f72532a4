/** Heads and header fields: a result that is consistent, or a HandshakeError of a listed status. */

import { checkUpgradeResponse } from "../../protocol/client_handshake.ts";
import { acceptDeflate, answerDeflate, offerDeflate } from "../../protocol/deflate_negotiation.ts";
import { HandshakeError } from "../../protocol/errors.ts";
import { encodeExtensions, parseExtensions } from "../../protocol/extension_list.ts";
import {
  checkUpgradeRequest,
  encodeUpgradeResponse,
  isUpgradeRequest,
} from "../../protocol/handshake.ts";
import { parseTokenList } from "../../protocol/header_fields.ts";
import {
  requestBody,
  type RequestHead,
  RequestParser,
  type ResponseHead,
  ResponseParser,
} from "../../protocol/http1.ts";
import { utf8 } from "../support/bytes.ts";
import { headText, sampleAccept, sampleKey, upgradeFields } from "../support/heads.ts";
import { below, cut, mutate, pick, type Random, randomBytes, randomText } from "./inputs.ts";
import { require, type Target } from "./target.ts";

/** Small, so that inputs reach the limits. */
const limits = { maxRequestLine: 100, maxHeaderSize: 600, maxHeaders: 12 };

const requestStatuses: readonly number[] = [400, 405, 414, 426, 431, 501, 505];

const extensionTexts = [
  "permessage-deflate; client_max_window_bits",
  "permessage-deflate; server_max_window_bits=10; server_no_context_takeover, permessage-deflate",
  'permessage-deflate; client_max_window_bits="12"',
  'x; a="b\\"c"; d, constructor, __proto__; __proto__',
];

const requestTexts = [
  headText("GET /chat?a=b HTTP/1.1", upgradeFields),
  headText("GET / HTTP/1.1", [
    ...upgradeFields,
    ["Sec-WebSocket-Protocol", "chat, superchat"],
    ["Sec-WebSocket-Extensions", extensionTexts[0]!],
    ["Origin", "https://example.com"],
  ]),
  headText("POST /api HTTP/1.1", [["Host", "[::1]:80"], ["Content-Length", "3"]]) + "abc",
  headText("GET http://example.com/ HTTP/1.0", [["Transfer-Encoding", "chunked"]]),
];

const responseFields = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Accept", sampleAccept],
] as const;

const responseTexts = [
  headText("HTTP/1.1 101 Switching Protocols", responseFields),
  headText("HTTP/1.1 101 ", [
    ...responseFields,
    ["Sec-WebSocket-Protocol", "chat"],
    ["Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=10"],
  ]),
  headText("HTTP/1.0 403 Forbidden", [["Content-Length", "0"]]),
];

/** The outcome of an input: a value, or the status that refused it. */
type Outcome<T> = { readonly value: T } | { readonly status: number };

function outcomeOf<T>(run: () => T): Outcome<T> {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof HandshakeError) return { status: error.status };
    throw error;
  }
}

interface Parser<Head> {
  readonly head: Head | undefined;
  push(chunk: Uint8Array): number;
}

/** The head and how many bytes it took, the same for every cut. */
function parseHead<Head extends RequestHead | ResponseHead>(
  make: () => Parser<Head>,
  input: Uint8Array,
  next: Random,
): Outcome<Head | undefined> {
  const [whole, pieces] = [[input], cut(input, next)].map((chunks) =>
    outcomeOf(() => {
      const parser = make();
      let taken = 0;
      for (const chunk of chunks) {
        const size = parser.push(chunk);
        require(size >= 0 && size <= chunk.length, `push() returned ${size}`);
        require(
          size === chunk.length || parser.head !== undefined,
          "push() stopped before the end",
        );
        taken += size;
      }
      return { head: parser.head, taken };
    })
  );
  require(describe(whole) === describe(pieces), "The head depends on how the bytes were cut");
  return "value" in whole! ? { value: whole.value.head } : whole!;
}

function describe(outcome: unknown): string {
  return JSON.stringify(
    outcome,
    (key, value) => key === "fields" ? [...value] : value,
  );
}

function makeInput(samples: readonly string[]): (next: Random) => Uint8Array {
  return (next) => {
    if (next() < 0.1) return randomBytes(200, next);
    return mutate(utf8(pick(samples, next) + randomText(3, next)), next);
  };
}

/** Bytes of a client that opens a connection. */
export const requestTarget: Target = {
  name: "request",
  makeInput: makeInput(requestTexts),
  run(input, next) {
    const parsed = parseHead(() => new RequestParser(limits), input, next);
    const outcome = outcomeOf(() => {
      if ("status" in parsed) throw new HandshakeError(parsed.status, "");
      if (parsed.value !== undefined) answer(parsed.value);
    });
    const isListed = !("status" in outcome) || requestStatuses.includes(outcome.status);
    require(isListed, `It was refused by ${describe(outcome)}`);
  },
};

/** A client must accept the answers of the server. */
function answer(head: RequestHead): void {
  requestBody(head);
  if (!isUpgradeRequest(head)) return;
  const { key, protocols, extensions } = checkUpgradeRequest(head);
  const deflate = answerDeflate(extensions, {});
  const answers = deflate === undefined ? [] : [deflate.answer];
  const parser = new ResponseParser({ ...limits, maxHeaderSize: 10_000 });
  const protocol = protocols[0];
  parser.push(encodeUpgradeResponse({ key, protocol, extensions: answers }));
  const agreed = checkUpgradeResponse(parser.head!, { key, protocols, extensions: answers });
  require(agreed.protocol === protocol, "The subprotocol changed on its way");
}

/** Bytes of a server that answers. */
export const responseTarget: Target = {
  name: "response",
  makeInput: makeInput(responseTexts),
  run(input, next) {
    const parsed = parseHead(() => new ResponseParser(limits), input, next);
    const outcome = outcomeOf(() => {
      if ("status" in parsed) throw new HandshakeError(parsed.status, "");
      if (parsed.value === undefined) return;
      const extensions = [offerDeflate({})];
      const offer = { key: sampleKey, protocols: ["chat"], extensions };
      const agreed = checkUpgradeResponse(parsed.value, offer);
      for (const extension of agreed.extensions) acceptDeflate(extension, {});
    });
    require(!("status" in outcome) || outcome.status === 0, `Status ${describe(outcome)}`);
  },
};

/** The values of list-shaped header fields. */
export const listTarget: Target = {
  name: "lists",
  makeInput: makeInput(extensionTexts),
  run(input, next) {
    const text = Array.from(input, (byte) => String.fromCharCode(byte)).join("");
    const at = below(text.length + 1, next);
    for (const values of [[text], [text.slice(0, at), text.slice(at)]]) {
      const tokens = outcomeOf(() => parseTokenList(values));
      require(!("status" in tokens) || tokens.status === 400, describe(tokens));
      const parsed = outcomeOf(() => parseExtensions(values));
      if ("status" in parsed) {
        require(parsed.status === 400, describe(parsed));
        continue;
      }
      const again = parseExtensions([encodeExtensions(parsed.value)]);
      require(describe(again) === describe(parsed.value), "Extensions change when encoded");
      answerDeflate(parsed.value, {});
    }
  },
};
