/** Flags of the example programs, described by a table and read from arguments and environment. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { FlagError, type FlagValues, helpText, parseFlags } from "../../examples/flags.ts";

const flags = {
  port: { type: "number", metavar: "N", max: 65_535, default: 8080, help: "Port" },
  workers: { type: "number", metavar: "N", help: "Workers" },
  hostname: { type: "text", metavar: "HOST", default: "127.0.0.1", help: "Address" },
  cert: { type: "text", metavar: "FILE", help: "Certificate" },
  compress: { type: "boolean", help: "Compress" },
  origin: { type: "list", metavar: "ORIGIN", help: "Origin" },
  "trust-proxy": { type: "text", metavar: "LIST", help: "Proxies" },
  log: { type: "text", choices: ["text", "json"], default: "text", help: "Log" },
} as const;

function parse(args: string[], env: Record<string, string> = {}): FlagValues<typeof flags> {
  const values = parseFlags(flags, { args, env: (name) => env[name] });
  assert(values !== "help");
  return values;
}

function assertFlagError(args: string[], message: string, env?: Record<string, string>): void {
  const error = assertThrows(() => parse(args, env), FlagError);
  assertEquals(error.message, message);
}

Deno.test("parseFlags() gives each flag its default", () => {
  assertEquals(parse([]), {
    port: 8080,
    workers: undefined,
    hostname: "127.0.0.1",
    cert: undefined,
    compress: false,
    origin: [],
    "trust-proxy": undefined,
    log: "text",
  });
});

Deno.test("parseFlags() takes one of the choices only", () => {
  const log: "text" | "json" = parse(["--log", "json"]).log;
  assertEquals(log, "json");
  const message = 'must be one of text, json: current value is "xml"';
  assertFlagError(["--log=xml"], `--log ${message}`);
  assertFlagError([], `HAWSER_LOG ${message}`, { HAWSER_LOG: "xml" });
});

Deno.test("parseFlags() takes values in both notations", () => {
  const values = parse(["--port", "0", "--cert=a=b.pem", "--compress", "--trust-proxy=2"]);
  assertEquals(values.port, 0);
  assertEquals(values.cert, "a=b.pem");
  assertEquals(values.compress, true);
  assertEquals(values["trust-proxy"], "2");
});

Deno.test("parseFlags() gathers a list, and takes the last of several others", () => {
  const values = parse(["--origin", "https://a", "--origin=https://b", "--port=1", "--port=2"]);
  assertEquals(values.origin, ["https://a", "https://b"]);
  assertEquals(values.port, 2);
});

Deno.test("parseFlags() takes what is not given from the environment", () => {
  const env = {
    HAWSER_PORT: "9090",
    HAWSER_COMPRESS: "1",
    HAWSER_ORIGIN: "https://a,https://b",
    HAWSER_TRUST_PROXY: "10.0.0.0/8",
    HAWSER_CERT: "",
  };
  const values = parse(["--port", "1"], env);
  assertEquals(values.port, 1);
  assertEquals(values.compress, true);
  assertEquals(values.origin, ["https://a", "https://b"]);
  assertEquals(values["trust-proxy"], "10.0.0.0/8");
  assertEquals(values.cert, undefined);
});

Deno.test("parseFlags() names an unknown flag", () => {
  assertFlagError(["--jwt-secret", "x"], "Unknown flag --jwt-secret: see --help");
  assertFlagError(["--nope=1"], "Unknown flag --nope: see --help");
  assertFlagError(["--constructor"], "Unknown flag --constructor: see --help");
  assertFlagError(["-p", "1"], "Unknown flag -p: see --help");
});

Deno.test("parseFlags() refuses arguments that are no flags", () => {
  assertFlagError(["8080"], 'Unexpected argument "8080": see --help');
  assertFlagError(["--compress", "yes"], 'Unexpected argument "yes": see --help');
  assertFlagError(["--"], 'Unexpected argument "--": see --help');
});

Deno.test("parseFlags() names a flag whose value is missing", () => {
  assertFlagError(["--port"], "Flag --port needs a value: see --help");
  assertFlagError(["--port", "--compress"], "Flag --port needs a value: see --help");
  assertFlagError(["--origin"], "Flag --origin needs a value: see --help");
});

Deno.test("parseFlags() names the flag or the variable with a bad value", () => {
  const range = "must be a whole number from 0 to 65535: current value is";
  for (const text of ["abc", "-1", "1.5", "65536", "0x10", " 1", ""]) {
    assertFlagError([`--port=${text}`], `--port ${range} "${text}"`);
  }
  assertFlagError([], `HAWSER_PORT ${range} "abc"`, { HAWSER_PORT: "abc" });
  assertFlagError(
    ["--workers=x"],
    '--workers must be a whole number of 0 or more: current value is "x"',
  );
  assertFlagError([], 'HAWSER_COMPRESS must be true or false: current value is "perhaps"', {
    HAWSER_COMPRESS: "perhaps",
  });
});

Deno.test("parseFlags() gives help before it complains about values", () => {
  const sources = { args: ["--port=x", "--help"], env: () => undefined };
  assertEquals(parseFlags(flags, sources), "help");
  assertEquals(parseFlags(flags, { ...sources, args: ["-h"] }), "help");
});

Deno.test("helpText() lists every flag with its default", () => {
  const lines = helpText("A program.", flags).split("\n");
  assertEquals(lines[0], "A program.");
  assert(lines.includes("  --port N            Port (default 8080)"));
  assert(lines.includes("  --compress          Compress"));
  assert(lines.includes("  --trust-proxy LIST  Proxies"));
  assert(lines.includes("  --help              Print this"));
});
