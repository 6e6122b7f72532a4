/** The servers under siege: ours, and those that ours is compared with. */

import { secret } from "../../tests/support/tokens.ts";
import { type Peer, peers } from "../peers/peers.ts";
import type { Kind } from "./dialects.ts";

/** A server. */
export interface Besieged {
  /** Names it on the command line. */
  readonly name: string;
  /** Its name in tables. */
  readonly label: string;
  /** Its application. */
  readonly kind: Kind;
  /** Whether it is ours, and judged. */
  readonly isOurs: boolean;
  /** npm packages, with their versions. */
  readonly packages: readonly string[];
  /** Program and arguments. `modules` is the folder in which its packages are. */
  command(modules: string): string[];
}

/** All servers, ours first. */
export const servers: readonly Besieged[] = [
  ours("echo", "Echo", "echo", ["examples/echo.ts"]),
  ours("deflate", "Echo, compressed", "deflate", ["examples/echo.ts", "--compress"]),
  ours("chat", "Chat", "chat", ["examples/chat/main.ts"]),
  ours("tokens", "Chat with tokens", "tokens", [
    "examples/chat/main.ts",
    ...["--jwt-secret", secret],
  ]),
  ours("fanout", "Fan-out", "fanout", ["bench/servers/fanout.ts"]),
  ours("handlers", "Handlers", "handlers", ["bench/siege/handlers_server.ts"]),
  theirs("ws", "echo"),
  theirs("ws", "deflate"),
  theirs("ws", "fanout"),
  theirs("deno", "echo"),
  theirs("deno", "fanout"),
];

function ours(name: string, label: string, kind: Kind, args: readonly string[]): Besieged {
  const flags = ["run", "--quiet", "--no-check", "--no-prompt"];
  const collecting = ["--v8-flags=--expose-gc", "--preload=bench/siege/collect.ts", "--allow-ffi"];
  const permissions = ["--allow-net", "--allow-read", "--allow-env=HAWSER_*"];
  return {
    name,
    label,
    kind,
    isOurs: true,
    packages: [],
    command:
      () => [Deno.execPath(), ...flags, ...collecting, ...permissions, ...args, "--port", "0"],
  };
}

function theirs(name: Peer["name"], kind: "echo" | "deflate" | "fanout"): Besieged {
  const peer = peers.find((each) => each.name === name)!;
  const load = {
    name: kind,
    title: kind,
    kind: kind === "fanout" ? kind : "echo",
    args: [],
    connections: 0,
    unit: "us/message",
    compress: kind === "deflate",
  } as const;
  return {
    name: kind === "echo" ? name : `${name}-${kind}`,
    label: kind === "deflate" ? `${peer.label}, compressed` : peer.label,
    kind,
    isOurs: false,
    packages: peer.packages,
    command: (modules) => peer.command(load, modules),
  };
}
