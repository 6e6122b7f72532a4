/** The deployment that docs/scale describes, from its own files: nodes of the chat behind a proxy. */

import { parse } from "yaml";
import { type Program, startProgram } from "./program.ts";
import { type Proxy, startProxy } from "./proxy_program.ts";

const folder = new URL("../../docs/scale/", import.meta.url);

/** A service of compose.yaml, as far as it is looked at. */
export interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
}

/** Reads compose.yaml. */
export async function readServices(): Promise<Readonly<Record<string, Service>>> {
  return parse(await Deno.readTextFile(new URL("compose.yaml", folder))).services;
}

/** The names of the nodes, and what the ids of their sessions begin with. */
export const nodes = [["node-a", "a."], ["node-b", "b."]] as const;

/**
 * Starts a node by its command in compose.yaml; its address and Redis's are others here.
 *
 * @param name Of the service.
 * @param redis URL of Redis.
 * @param port Where it listens.
 * @param more Flags besides.
 */
export async function startNode(
  name: string,
  redis: string,
  port: number,
  more: readonly string[] = [],
): Promise<Program> {
  const { command = [] } = (await readServices())[name]!;
  const permissions = command.filter((word) => word.startsWith("--allow-"));
  const [run, ...rest] = command.filter((word) => !permissions.includes(word));
  const [path, ...args] = rest.map((word) =>
    replacements({ redis, port: String(port) }).get(word) ?? word
  );
  if (run !== "run" || path === undefined) throw new Error(`${name} does not run a program`);
  return await startProgram(path, { args: [...args, ...more], permissions });
}

function replacements({ redis, port }: { redis: string; port: string }): Map<string, string> {
  return new Map([
    ["redis://redis:6379", redis],
    ["0.0.0.0", "127.0.0.1"],
    ["8080", port],
  ]);
}

/** The proxies, by the names of their files. */
export const proxies = [
  { program: "nginx", file: "nginx.conf" },
  { program: "haproxy", file: "haproxy.cfg" },
] as const;

/** Starts a proxy by its file; addresses are others here, and nginx keeps its files in one folder. */
export async function startScaleProxy(
  { program, file }: (typeof proxies)[number],
  ports: readonly number[],
): Promise<Proxy> {
  const text = await Deno.readTextFile(new URL(file, folder));
  const configure = (proxy: Pick<Proxy, "port" | "folder">) => {
    const addressed = nodes.reduce(
      (rest, [name], i) => rest.replaceAll(`${name}:8080`, `127.0.0.1:${ports[i]}`),
      text,
    );
    return program === "nginx"
      ? addressed.replace("listen 8080", `listen 127.0.0.1:${proxy.port}`)
        .replace("http {", (line) => `${line}\n${temporaryPaths(proxy.folder)}`)
      : addressed.replace("bind :8080", `bind 127.0.0.1:${proxy.port}`);
  };
  return await startProxy({
    program,
    configure,
    args: (configuration) =>
      program === "nginx"
        ? ["-c", configuration, "-g", "daemon off; master_process off; pid /dev/null;"]
        : ["-db", "-f", configuration],
  });
}

function temporaryPaths(folder: string): string {
  return ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
}
