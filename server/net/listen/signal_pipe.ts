/** Deno's pipe for signals, opened while there are descriptors for it. */

let isOpen = false;

/**
 * Opens the pipe, once in a process. Deno opens it at the first need, which comes in the first
 * seconds of every program, and panics where there is no descriptor left: peers could end a server
 * that has just started by connecting often enough. It stays open when its listener is closed.
 */
export function openSignalPipe(): void {
  if (isOpen || Deno.build.os === "windows") return;
  isOpen = true;
  const ignore = () => {};
  // The signal of a terminal that changes its size, which is ignored by default.
  Deno.addSignalListener("SIGWINCH", ignore);
  Deno.removeSignalListener("SIGWINCH", ignore);
}
