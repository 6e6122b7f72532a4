/** Tests of protocol/deflate_negotiation.ts: the truth tables of both roles. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  acceptDeflate,
  answerDeflate,
  type DeflateParameters,
  offerDeflate,
} from "../../protocol/deflate_negotiation.ts";
import { type DeflateOptions, resolveDeflateOptions } from "../../protocol/deflate_options.ts";
import { HandshakeError } from "../../protocol/errors.ts";
import { encodeExtensions, parseExtensions } from "../../protocol/extension_list.ts";

/** Grants all that can be granted, so that a test shows only what it sets. */
const generous: DeflateOptions = { serverNoContextTakeover: false, clientNoContextTakeover: false };

const unlimited: DeflateParameters = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

/** The server's answer as text, "declined" without one. */
function answer(offers: string, options: DeflateOptions): string {
  const agreed = answerDeflate(parseExtensions([offers]), options);
  return agreed === undefined ? "declined" : encodeExtensions([agreed.answer]);
}

function accept(text: string, options: DeflateOptions): DeflateParameters {
  const [extension] = parseExtensions([text], 0);
  assert(extension);
  return acceptDeflate(extension, options);
}

/** Writes parameters as the text of an offer or an answer. */
function deflate(parameters = ""): string {
  return parameters === "" ? "permessage-deflate" : `permessage-deflate; ${parameters}`;
}

// ----- The server -----

for (const side of ["server", "client"] as const) {
  const parameter = `${side}_no_context_takeover`;
  const option = `${side}NoContextTakeover` as const;
  for (
    const [configured, offered, answered] of [
      [false, "", ""],
      [false, parameter, parameter],
      [true, "", parameter],
      [true, parameter, parameter],
    ] as const
  ) {
    Deno.test(`answerDeflate() ${parameter}: ${configured}, "${offered}" offered`, () => {
      const agreed = answerDeflate(parseExtensions([deflate(offered)]), {
        ...generous,
        [option]: configured,
      });
      assert(agreed);
      assertEquals(encodeExtensions([agreed.answer]), deflate(answered));
      assertEquals(agreed.parameters, { ...unlimited, [option]: answered !== "" });
    });
  }
}

for (
  const [configured, offered, answered, window] of [
    [15, "", "", 15],
    [10, "", "server_max_window_bits=10", 10],
    [15, "server_max_window_bits=15", "server_max_window_bits=15", 15],
    [15, "server_max_window_bits=9", "server_max_window_bits=9", 9],
    [10, "server_max_window_bits=9", "server_max_window_bits=9", 9],
    [10, "server_max_window_bits=12", "server_max_window_bits=10", 10],
    [8, "server_max_window_bits=8", "server_max_window_bits=8", 8],
    [15, 'server_max_window_bits="10"', "server_max_window_bits=10", 10],
  ] as const
) {
  Deno.test(`answerDeflate() server_max_window_bits: ${configured}, "${offered}" offered`, () => {
    const agreed = answerDeflate(parseExtensions([deflate(offered)]), {
      ...generous,
      serverMaxWindowBits: configured,
    });
    assert(agreed);
    assertEquals(encodeExtensions([agreed.answer]), deflate(answered));
    assertEquals(agreed.parameters, { ...unlimited, serverMaxWindowBits: window });
  });
}

for (
  const [configured, offered, answered, window] of [
    [15, "", "", 15],
    [10, "", "", 15],
    [15, "client_max_window_bits", "", 15],
    [10, "client_max_window_bits", "client_max_window_bits=10", 10],
    [15, "client_max_window_bits=15", "client_max_window_bits=15", 15],
    [15, "client_max_window_bits=9", "client_max_window_bits=9", 9],
    [10, "client_max_window_bits=9", "client_max_window_bits=9", 9],
    [10, "client_max_window_bits=12", "client_max_window_bits=10", 10],
    [8, "client_max_window_bits", "client_max_window_bits=8", 8],
  ] as const
) {
  Deno.test(`answerDeflate() client_max_window_bits: ${configured}, "${offered}" offered`, () => {
    const agreed = answerDeflate(parseExtensions([deflate(offered)]), {
      ...generous,
      clientMaxWindowBits: configured,
    });
    assert(agreed);
    assertEquals(encodeExtensions([agreed.answer]), deflate(answered));
    assertEquals(agreed.parameters, { ...unlimited, clientMaxWindowBits: window });
  });
}

Deno.test("hostile 84: answerDeflate() lets no message refer to another by default", () => {
  assertEquals(
    answer(deflate("client_max_window_bits"), {}),
    deflate("server_no_context_takeover; client_no_context_takeover"),
  );
});

Deno.test("hostile 31: answerDeflate() declines a malformed window", () => {
  for (const name of ["server_max_window_bits", "client_max_window_bits"]) {
    for (const value of ["7", "16", "99", "08", "015", "+9", "-9", "9.0", "0x9", "1e1", "nine"]) {
      assertEquals(answer(deflate(`${name}=${value}`), {}), "declined", `${name}=${value}`);
    }
    // A value that the grammar of header fields does not let through, but another caller may.
    for (const value of ["", " 9", "9 ", "9\n", "１０"]) {
      const offer = { name: "permessage-deflate", parameters: [[name, value]] } as const;
      assertEquals(answerDeflate([offer], {}), undefined, `${name}=${JSON.stringify(value)}`);
    }
    assertEquals(answer(deflate(`${name}=9; ${name}=9`), {}), "declined");
  }
  assertEquals(answer(deflate("client_max_window_bits; client_max_window_bits"), {}), "declined");
});

Deno.test("answerDeflate() declines server_max_window_bits without a value", () => {
  assertEquals(answer(deflate("server_max_window_bits"), {}), "declined");
});

Deno.test("answerDeflate() declines a value where there may be none", () => {
  for (const name of ["server_no_context_takeover", "client_no_context_takeover"]) {
    for (const value of ["true", "1", "15"]) {
      assertEquals(answer(deflate(`${name}=${value}`), {}), "declined");
    }
  }
});

Deno.test("hostile 32: answerDeflate() declines unknown and repeated parameters", () => {
  for (
    const parameters of [
      "max_inflate_ratio=5",
      "server_no_context_takeover; server_no_context_takeover",
      "client_no_context_takeover; client_no_context_takeover",
      "Server_No_Context_Takeover",
      "__proto__",
      "constructor=9",
    ]
  ) {
    assertEquals(answer(deflate(parameters), {}), "declined", parameters);
  }
});

Deno.test("answerDeflate() declines other extensions", () => {
  for (const offers of ["", "x-webkit-deflate-frame", "permessage-bzip2", "constructor"]) {
    assertEquals(answer(offers, {}), "declined", offers);
  }
});

Deno.test("answerDeflate() takes the first offer that is acceptable", () => {
  const offers = [
    "permessage-brotli",
    deflate("server_max_window_bits=7"),
    deflate("server_max_window_bits=10"),
    deflate(),
  ].join(", ");
  assertEquals(answer(offers, generous), deflate("server_max_window_bits=10"));
});

Deno.test("hostile 33: answerDeflate() looks through a thousand offers", () => {
  const bad = new Array(1000).fill(deflate("max_inflate_ratio=5"));
  assertEquals(answer(bad.join(", "), generous), "declined");
  assertEquals(answer([...bad, deflate()].join(", "), generous), deflate());
});

Deno.test("answerDeflate() refuses options out of range before it looks at offers", () => {
  assertThrows(() => answerDeflate([], { serverMaxWindowBits: 7 }), RangeError);
});

// ----- The client -----

for (
  const [options, offered] of [
    [generous, "client_max_window_bits"],
    [{}, "server_no_context_takeover; client_no_context_takeover; client_max_window_bits"],
    [
      { ...generous, serverNoContextTakeover: true },
      "server_no_context_takeover; client_max_window_bits",
    ],
    [
      { ...generous, serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
      "server_max_window_bits=9; client_max_window_bits=10",
    ],
  ] as const
) {
  Deno.test(`offerDeflate() makes "${offered}"`, () => {
    assertEquals(encodeExtensions([offerDeflate(options)]), deflate(offered));
  });
}

for (
  const [options, answered, agreed] of [
    [generous, "", {}],
    [generous, "server_no_context_takeover", { serverNoContextTakeover: true }],
    [generous, "client_no_context_takeover", { clientNoContextTakeover: true }],
    [{ ...generous, clientNoContextTakeover: true }, "", { clientNoContextTakeover: true }],
    [
      { ...generous, serverNoContextTakeover: true },
      "server_no_context_takeover",
      { serverNoContextTakeover: true },
    ],
    [generous, "server_max_window_bits=15", {}],
    [generous, "server_max_window_bits=9", { serverMaxWindowBits: 9 }],
    [
      { ...generous, serverMaxWindowBits: 10 },
      "server_max_window_bits=10",
      { serverMaxWindowBits: 10 },
    ],
    [
      { ...generous, serverMaxWindowBits: 10 },
      "server_max_window_bits=8",
      { serverMaxWindowBits: 8 },
    ],
    [generous, "client_max_window_bits=15", {}],
    [generous, "client_max_window_bits=8", { clientMaxWindowBits: 8 }],
    [{ ...generous, clientMaxWindowBits: 10 }, "", { clientMaxWindowBits: 10 }],
    [
      { ...generous, clientMaxWindowBits: 10 },
      "client_max_window_bits=9",
      { clientMaxWindowBits: 9 },
    ],
  ] as const
) {
  Deno.test(`acceptDeflate() takes "${answered}" for ${JSON.stringify(options)}`, () => {
    assertEquals(accept(deflate(answered), options), { ...unlimited, ...agreed });
  });
}

for (
  const [options, answered] of [
    [generous, "client_max_window_bits"],
    [generous, "server_max_window_bits"],
    [generous, "server_max_window_bits=7"],
    [generous, "client_max_window_bits=16"],
    [generous, "server_no_context_takeover=1"],
    [generous, "client_no_context_takeover; client_no_context_takeover"],
    [generous, "max_inflate_ratio=5"],
    [{ ...generous, serverNoContextTakeover: true }, ""],
    [{ ...generous, serverMaxWindowBits: 10 }, ""],
    [{ ...generous, serverMaxWindowBits: 10 }, "server_max_window_bits=11"],
    [{ ...generous, clientMaxWindowBits: 10 }, "client_max_window_bits=11"],
  ] as const
) {
  Deno.test(`acceptDeflate() refuses "${answered}" for ${JSON.stringify(options)}`, () => {
    const error = assertThrows(() => accept(deflate(answered), options), HandshakeError);
    assertStrictEquals(error.status, 0);
  });
}

Deno.test("acceptDeflate() refuses another extension", () => {
  assertThrows(() => accept("permessage-bzip2", {}), HandshakeError);
});

Deno.test("acceptDeflate() agrees with answerDeflate() whatever both are configured with", () => {
  const bits = fc.integer({ min: 8, max: 15 });
  const options: fc.Arbitrary<DeflateOptions> = fc.record({
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
    serverMaxWindowBits: bits,
    clientMaxWindowBits: bits,
  }, { requiredKeys: [] });
  fc.assert(fc.property(options, options, (client, server) => {
    const offers = parseExtensions([encodeExtensions([offerDeflate(client)])]);
    const agreed = answerDeflate(offers, server);
    assert(agreed);
    const parameters = accept(encodeExtensions([agreed.answer]), client);
    assertEquals(parameters, agreed.parameters);
    for (const side of [resolveDeflateOptions(client), resolveDeflateOptions(server)]) {
      assert(parameters.serverMaxWindowBits <= side.serverMaxWindowBits);
      assert(parameters.clientMaxWindowBits <= side.clientMaxWindowBits);
      assert(parameters.serverNoContextTakeover || !side.serverNoContextTakeover);
      assert(parameters.clientNoContextTakeover || !side.clientNoContextTakeover);
    }
  }));
});
