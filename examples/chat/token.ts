/** Prints a token for the chat server that was started with the same secret. */

// deno-lint-ignore-file no-console -- a program for the terminal

import { jwt } from "@hawser/ws";
import { SignJWT } from "jose";
import { readFlags, usageError } from "../flags.ts";

const flags = readFlags("Prints a JSON Web Token for the chat.", {
  sub: { type: "text", metavar: "ID", help: "Id of the user" },
  name: { type: "text", metavar: "NAME", help: "What the others see" },
  secret: {
    type: "text",
    metavar: "SECRET",
    help: "Secret of the server; else HAWSER_JWT_SECRET of the environment",
  },
  expires: { type: "text", metavar: "TIME", default: "1h", help: "Lifetime, such as 90s, 15m, 2d" },
});

/** Seconds in a unit. */
const units = new Map([["s", 1], ["m", 60], ["h", 3_600], ["d", 86_400]]);

function readLifetime(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (units.get(unit ?? "") ?? NaN);
  if (seconds > 0) return seconds;
  return usageError(`--expires must be a number and one of s, m, h, d: current value is "${text}"`);
}

/** Refuses what the server would refuse. */
function checkSecret(secret: string): void {
  try {
    jwt({ secret });
  } catch (error) {
    usageError(error instanceof Error ? error.message : `${error}`);
  }
}

const { sub = usageError("Flag --sub is needed: see --help"), name } = flags;
const secret = flags.secret ?? Deno.env.get("HAWSER_JWT_SECRET") ??
  usageError("Flag --secret or HAWSER_JWT_SECRET is needed: see --help");
checkSecret(secret);
const issuedAt = Math.floor(Date.now() / 1_000);
const token = new SignJWT({ sub, ...name !== undefined && { name } })
  .setProtectedHeader({ alg: "HS256", typ: "JWT" })
  .setIssuedAt(issuedAt)
  .setExpirationTime(issuedAt + readLifetime(flags.expires));
console.log(await token.sign(new TextEncoder().encode(secret)));
