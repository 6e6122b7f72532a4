/** Tests that need a program which not every machine has. */

/** A program, or a library of one, that some tests need. */
export type Program =
  | "autobahn"
  | "bun"
  | "chromium"
  | "haproxy"
  | "nginx"
  | "java"
  | "node"
  | "python"
  | "redis"
  | "systemd";

/** How each is found, and what to do about it when it is not. */
const programs: Record<Program, { find(): string | undefined; install: string }> = {
  autobahn: { find: () => findOnPath("kosoku"), install: "pip install kosoku==0.1.0" },
  bun: {
    find: () => existing(Deno.env.get("HAWSER_BUN") ?? "") ?? findOnPath("bun"),
    install: "npm install --global bun@1.4.5, or set HAWSER_BUN",
  },
  chromium: {
    find: () => existing(Deno.env.get("HAWSER_CHROMIUM") ?? "/usr/bin/chromium"),
    install: "apt-get install chromium, or set HAWSER_CHROMIUM",
  },
  haproxy: {
    find: () => findOnPath("haproxy") ?? existing("/usr/sbin/haproxy"),
    install: "apt-get install haproxy",
  },
  nginx: {
    find: () => findOnPath("nginx") ?? existing("/usr/sbin/nginx"),
    install: "apt-get install nginx",
  },
  java: { find: findJava, install: "apt-get install openjdk-17-jdk-headless" },
  node: { find: () => findOnPath("node"), install: "apt-get install nodejs" },
  python: { find: findPython, install: "pip install websockets 'python-socketio[client]'" },
  redis: {
    find: () => existing(Deno.env.get("HAWSER_REDIS_SERVER") ?? "") ?? findOnPath("redis-server"),
    install: "apt-get install redis-server, or set HAWSER_REDIS_SERVER",
  },
  systemd: { find: () => findOnPath("systemd-analyze"), install: "apt-get install systemd" },
};

const found = new Map<Program, string | undefined>();

/**
 * Says whether tests that need `program` are ignored, to be spread into a test's definition:
 * `Deno.test({ name, ...optional("chromium"), fn })`.
 *
 * A missing program is named once on standard error. Where the environment variable
 * `HAWSER_REQUIRE` lists it, nothing may be ignored, so this throws.
 */
export function optional(program: Program): { ignore: boolean } {
  return { ignore: locate(program) === undefined };
}

/** Path of a program whose tests are not ignored. */
export function programPath(program: Program): string {
  const path = locate(program);
  if (path === undefined) throw new Error(explain(program));
  return path;
}

function locate(program: Program): string | undefined {
  if (found.has(program)) return found.get(program);
  const path = programs[program].find();
  if (path === undefined) {
    if (isRequired(program)) throw new Error(explain(program));
    // deno-lint-ignore no-console -- whoever runs the tests must see that some are ignored
    console.error(`${explain(program)}. Tests that need it are ignored.`);
  }
  found.set(program, path);
  return path;
}

function explain(program: Program): string {
  return `Cannot find ${program}: ${programs[program].install}`;
}

function isRequired(program: Program): boolean {
  return (Deno.env.get("HAWSER_REQUIRE") ?? "").split(",").includes(program);
}

function findOnPath(name: string): string | undefined {
  return allOnPath(name)[0];
}

function allOnPath(name: string): string[] {
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  return folders.map((folder) => existing(`${folder}/${name}`)).filter((path) =>
    path !== undefined
  );
}

/** A machine may have several, and npx puts the folder of Node's own in front. */
function findPython(): string | undefined {
  return allOnPath("python3").find((path) => {
    const args = ["-c", "import websockets, socketio, requests, websocket"];
    return new Deno.Command(path, { args, stdout: "null", stderr: "null" }).outputSync().success;
  });
}

/** Java runs a source file only where its compiler is installed, too. */
function findJava(): string | undefined {
  return findOnPath("javac") === undefined ? undefined : findOnPath("java");
}

function existing(path: string): string | undefined {
  try {
    return Deno.statSync(path).isFile ? path : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
