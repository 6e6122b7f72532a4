/** A connection between two ends in one runtime, from the handshake to the close. */

import {
  acceptDeflate,
  answerDeflate,
  checkUpgradeRequest,
  checkUpgradeResponse,
  type DeflateParameters,
  encodeUpgradeRequest,
  encodeUpgradeResponse,
  offerDeflate,
  Protocol,
  RequestParser,
  ResponseParser,
} from "../../protocol/mod.ts";

/** All of it, so that a bundle of this file leaves nothing out. */
export * as protocol from "../../protocol/mod.ts";

/** The result, as far as JSON carries it. */
export interface Outcome {
  readonly subprotocol: string | undefined;
  readonly deflate: DeflateParameters;
  readonly echoed: readonly (string | number[])[];
  readonly closes: readonly { code: number; reason: string; wasClean: boolean }[];
  /** Bytes that went to the server, for compression that works. */
  readonly sentSize: number;
}

const limits = { maxRequestLine: 8192, maxHeaderSize: 16_384, maxHeaders: 100 };

/** Short and long texts of every width, so that each path of the decoders is taken. */
const messages = [
  "",
  "short",
  "a longer text of ASCII only, ".repeat(20),
  "naïve – 10 € – 🎉 ".repeat(20),
  "\ufeff\0",
  Uint8Array.of(),
  Uint8Array.from({ length: 1000 }, (_, i) => i),
];

/** Opens a connection, echoes messages with and without compression, and closes it. */
export function exercise(): Outcome {
  const { subprotocol, deflate } = shakeHands();
  const echoed: (string | number[])[] = [];
  const closes: { code: number; reason: string; wasClean: boolean }[] = [];
  const client = new Protocol("client", { deflate }, {
    message: (data) => echoed.push(typeof data === "string" ? data : [...data]),
    closed: (close) => closes.push(close),
  });
  const server: Protocol = new Protocol("server", { deflate }, {
    message: (data) => server.send(data),
    closed: (close) => closes.push(close),
  });
  for (const message of messages) {
    client.send(message);
    client.send(message, false);
  }
  client.ping(Uint8Array.of(1));
  const sent = client.takeOutput();
  for (let at = 0; at < sent.length; at += 700) server.receive(sent.slice(at, at + 700));
  client.receive(server.takeOutput());
  client.close(1000, "done – 🎉");
  server.receive(client.takeOutput());
  client.receive(server.takeOutput());
  return { subprotocol, deflate, echoed, closes, sentSize: sent.length };
}

function shakeHands(): { subprotocol: string | undefined; deflate: DeflateParameters } {
  const offer = {
    host: "example.com",
    target: "/chat",
    key: "dGhlIHNhbXBsZSBub25jZQ==",
    protocols: ["chat"],
    extensions: [offerDeflate({})],
  };
  const request = new RequestParser(limits);
  request.push(encodeUpgradeRequest(offer));
  const { key, protocols, extensions } = checkUpgradeRequest(request.head!);
  const deflate = answerDeflate(extensions, {})!;
  const response = new ResponseParser(limits);
  const answer = { key, protocol: protocols[0], extensions: [deflate.answer] };
  response.push(encodeUpgradeResponse(answer));
  const agreed = checkUpgradeResponse(response.head!, offer);
  return { subprotocol: agreed.protocol, deflate: acceptDeflate(agreed.extensions[0]!, {}) };
}
