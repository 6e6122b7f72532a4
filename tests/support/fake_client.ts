/** A client whose WebSockets, clock, chance and network are the test's. */

import { assertEquals } from "@std/assert";
import { HawserClient } from "../../client/client.ts";
import type { Fetch } from "../../client/transports/http.ts";
import type { Network, NetworkChange } from "../../client/line/network.ts";
import type { ClientOptions } from "../../client/options.ts";
import type { StateChange } from "../../client/state.ts";
import { ManualClock } from "./clients.ts";
import { type FakeWebSocket, fakeWebSockets } from "./fake_web_socket.ts";
import { waitFor } from "./wait.ts";

/** A network that a test switches. */
export class FakeNetwork implements Network {
  isOnline = true;
  readonly #listeners = new Set<(change: NetworkChange) => void>();

  /** How many listen. */
  get size(): number {
    return this.#listeners.size;
  }

  listen(listener: (change: NetworkChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells those who listen. */
  tell(change: NetworkChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** A client, and all that it believes in. */
export class FakeClient implements Disposable {
  readonly clock: ManualClock = new ManualClock();
  readonly network: FakeNetwork = new FakeNetwork();
  readonly sockets: FakeWebSocket[];
  readonly client: HawserClient;
  /** Changes of state, in their order. */
  readonly changes: StateChange[] = [];
  /** The errors of handlers. */
  readonly errors: unknown[] = [];

  constructor(options: ClientOptions = {}) {
    const { WebSocket, sockets } = fakeWebSockets();
    this.sockets = sockets;
    this.client = new HawserClient("ws://server.test/ws", {
      WebSocket,
      transports: ["websocket"],
      clock: this.clock,
      network: this.network,
      random: () => 0,
      onError: (error) => void this.errors.push(error),
      ...options,
    });
    this.client.onState((change) => void this.changes.push(change));
  }

  /** The states it has gone through. */
  get states(): string[] {
    return this.changes.map(({ state }) => state);
  }

  /** Waits for the connection of this number, from 1 on. */
  async socket(count: number): Promise<FakeWebSocket> {
    await waitFor(() => this.sockets.length >= count);
    return this.sockets[count - 1]!;
  }

  /** Waits for the connection of this number, and opens it by a welcome. */
  async open(count: number, welcome: Record<string, unknown> = {}): Promise<FakeWebSocket> {
    const socket = await this.socket(count);
    socket.open();
    socket.receive({ type: "welcome", id: `c${count}`, ...welcome });
    return socket;
  }

  /** Nothing goes on after this. */
  [Symbol.dispose](): void {
    void this.client.close();
  }
}

/** A server's event stream that opens, and stays so; what is posted is answered as a test says. */
export function streams(answer: () => Promise<Response>): { fetch: Fetch; paths: string[] } {
  const paths: string[] = [];
  function fetch({ pathname }: URL, { signal }: RequestInit): Promise<Response> {
    paths.push(pathname);
    if (pathname !== "/sse") return answer();
    const welcome = 'data: {"type":"welcome","id":"s","session":"s"}\n\n';
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(welcome));
        signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
    });
    return Promise.resolve(new Response(body));
  }
  return { fetch, paths };
}

/** A client that has fallen back to an event stream. */
export async function fallBack(options: ClientOptions = {}): Promise<FakeClient> {
  const fake = new FakeClient({
    transports: ["websocket", "sse"],
    fallbackAfter: 1,
    idleTimeout: 3_600_000,
    ...options,
  });
  (await fake.socket(1)).end();
  fake.clock.pass(fake.changes.at(-1)?.retryIn ?? 0);
  await waitFor(() => fake.client.state === "open");
  assertEquals(fake.changes.at(-1)?.transport, "sse");
  return fake;
}
