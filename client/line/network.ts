/**
 * The network and the visibility of the page, as far as the runtime knows: changes that make an
 * attempt worthwhile.
 */

/**
 * News that make an attempt worthwhile: `"online"`, there is a network again, perhaps another one,
 * and all transports are tried anew; `"visible"`, the page is seen again, whose timers may have
 * stood still. A client that waits connects at once; one that is open asks the server for a sign of
 * life.
 */
export type NetworkChange = "online" | "visible";

/**
 * Whether there is a network, and when there is one again: for the option `network` where the
 * runtime does not know, as in an application for mobile phones.
 */
export interface Network {
  /** `false` where the runtime knows of none; attempts become rare then. */
  readonly isOnline: boolean;
  /**
   * Listens.
   *
   * @param listener Called for each change.
   * @returns Ends it.
   */
  listen(listener: (change: NetworkChange) => void): () => void;
}

/** As much of the globals as is asked for; each may be missing. */
interface Globals {
  readonly navigator?: { readonly onLine?: boolean };
  readonly document?: EventTarget & { readonly hidden: boolean };
  readonly addEventListener?: EventTarget["addEventListener"];
}

// The cast: which of them there are depends on the runtime.
const globals = globalThis as unknown as Globals;

/** The network of the runtime; always there outside browsers. */
export const systemNetwork: Network = {
  get isOnline(): boolean {
    return globals.navigator?.onLine !== false;
  },
  listen(listener): () => void {
    const listening = new AbortController();
    const { signal } = listening;
    const { document } = globals;
    globals.addEventListener?.("online", () => listener("online"), { signal });
    document?.addEventListener("visibilitychange", () => {
      if (!document.hidden) listener("visible");
    }, { signal });
    return () => listening.abort();
  },
};
