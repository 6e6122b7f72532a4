/** Tests of server/socketio/client_files.ts. */

import { assertEquals, assertMatch } from "@std/assert";
import { ClientFiles } from "../../../server/socketio/client_files.ts";
import { wireRequest } from "../../support/engine.ts";

/** A folder with a project, in which the package is installed or not. */
class Project implements AsyncDisposable {
  readonly notices: string[] = [];
  readonly files: ClientFiles;

  /** @param from Where the program runs, below the folder. */
  constructor(readonly folder: string, from = "") {
    this.files = new ClientFiles("/socket.io/", {
      from: new URL(`file://${folder}/${from}`),
      notify: ({ code, message }) => void this.notices.push(`${code}: ${message}`),
    });
  }

  static async open(from = "", files: Record<string, string> = {}): Promise<Project> {
    const folder = await Deno.makeTempDir({ prefix: "hawser-client-files-" });
    if (from !== "") await Deno.mkdir(`${folder}/${from}`, { recursive: true });
    const place = `${folder}/node_modules/socket.io-client`;
    if (Object.keys(files).length > 0) await Deno.mkdir(`${place}/dist`, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${place}/${name}`, text);
    }
    return new Project(folder, from);
  }

  async ask(name: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request(`http://127.0.0.1/socket.io/${name}`, init);
    return await this.files.fetch(
      wireRequest(request, { remoteAddress: "192.0.2.1", protocols: [] }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const installed = {
  "package.json": '{"version":"4.9.9"}',
  "dist/socket.io.js": "let io;",
  "dist/socket.io.js.map": "{}",
};

Deno.test("ClientFiles.owns() the names of the files below its path, and nothing else", () => {
  const { files } = new Project("/nowhere");
  const owned = ["", ".min", ".esm.min", ".msgpack.min"]
    .flatMap((kind) => [`socket.io${kind}.js`, `socket.io${kind}.js.map`]);
  for (const name of owned) assertEquals(files.owns(`/socket.io/${name}`), true, name);
  const others = ["", "socket.io.css", "xsocket.io.js", "socket.io.esm.js", "../socket.io.js"];
  for (const name of [...others, "package.json", "dist/socket.io.js", "socketXio.js"]) {
    assertEquals(files.owns(`/socket.io/${name}`), false, name);
  }
  assertEquals(files.owns("/socket.io.js"), false);
});

Deno.test("ClientFiles serves a file with its type, and its version as the tag", async () => {
  await using project = await Project.open("", installed);
  for (
    const [name, type, text] of [
      ["socket.io.js", "application/javascript; charset=utf-8", "let io;"],
      ["socket.io.js.map", "application/json; charset=utf-8", "{}"],
    ]
  ) {
    for (const method of ["GET", "HEAD"]) {
      const response = await project.ask(name!, { method });
      const fields = ["content-type", "content-length", "etag", "cache-control"]
        .map((field) => response.headers.get(field));
      assertEquals(fields, [type!, `${text!.length}`, '"4.9.9"', "public, max-age=0"]);
      assertEquals([response.status, await response.text()], [200, method === "GET" ? text : ""]);
    }
  }
  assertEquals(project.notices, []);
});

Deno.test("ClientFiles answers 304 where the version is known", async () => {
  await using project = await Project.open("", installed);
  for (const tag of ['"4.9.9"', 'W/"4.9.9"', '"1.0.0", W/"4.9.9"']) {
    const response = await project.ask("socket.io.js", { headers: { "if-none-match": tag } });
    assertEquals([response.status, response.headers.get("etag")], [304, '"4.9.9"']);
    assertEquals(await response.text(), "");
  }
  const other = await project.ask("socket.io.js", { headers: { "if-none-match": '"4.9.8"' } });
  assertEquals([other.status, await other.text()], [200, "let io;"]);
});

Deno.test("ClientFiles finds the package above the folder of the program, and in Deno's cache", async () => {
  await using project = await Project.open("apps/chat/", installed);
  assertEquals((await project.ask("socket.io.js")).status, 200);
  const ours = new Project(Deno.cwd());
  const response = await ours.ask("socket.io.min.js");
  assertEquals(response.status, 200);
  assertMatch(await response.text(), /^\/\*!\s+\* Socket\.IO v4\./);
});

Deno.test("ClientFiles answers 404 for a file that the package does not have, and 405 for other methods", async () => {
  await using project = await Project.open("", installed);
  assertEquals((await project.ask("socket.io.msgpack.min.js")).status, 404);
  assertEquals(project.notices, []);
  const post = await project.ask("socket.io.js", { method: "POST", body: "x" });
  assertEquals([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
});

/**
 * The output of a program without packages, in its own process: this one's packages are found
 * anywhere.
 */
async function sayWithout(permissions: readonly string[]): Promise<string[]> {
  await using project = await Project.open();
  const module = new URL("../../../server/socketio/client_files.ts", import.meta.url);
  const main = `${project.folder}/main.ts`;
  await Deno.writeTextFile(
    main,
    `import { ClientFiles } from "${module}";
    const notify = ({ message }) => console.log(message);
    const files = new ClientFiles("/socket.io/", { notify });
    const request = new Request("http://127.0.0.1/socket.io/socket.io.js");
    const response = await files.fetch({ request, remoteAddress: "" });
    console.log(response.status);`,
  );
  const args = ["run", "--no-config", "--no-check", ...permissions, main];
  const options = { args, cwd: project.folder, stdin: "null" } as const;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(lines.length, 2, new TextDecoder().decode(stderr));
  return lines;
}

Deno.test("ClientFiles says how to install the package where there is none", async () => {
  assertEquals(await sayWithout(["--allow-read"]), [
    "Cannot serve /socket.io/socket.io.js: the npm package socket.io-client is not installed " +
    "(deno add npm:socket.io-client); serveClient: false turns this off",
    "404",
  ]);
});

Deno.test("ClientFiles says which permission it wants where it may not read", async () => {
  const [message, status] = await sayWithout([]);
  assertMatch(message!, /socket\.io-client may not be read \(--allow-read=\/.*\);/);
  assertEquals(status, "404");
});
