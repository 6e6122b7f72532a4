/**
 * Preloaded into our servers: collects all garbage when SIGUSR2 comes, and gives what is free back
 * to the system. An idle process keeps both until it needs the room, so its resident memory alone
 * does not tell what it holds.
 */

/** V8's own, which `--v8-flags=--expose-gc` shows. */
type Collect = (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

const { gc } = globalThis as { gc?: Collect };
if (gc === undefined) throw new Error("This needs --v8-flags=--expose-gc");
const libc = Deno.dlopen("libc.so.6", {
  malloc_trim: { parameters: ["usize"], result: "i32" },
});
Deno.addSignalListener("SIGUSR2", () => {
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
  // Array buffers come from libc, which keeps what lies below a block that is in use.
  libc.symbols.malloc_trim(0n);
});
