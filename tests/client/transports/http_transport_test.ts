import { assertEquals } from "@std/assert";
import type { CloseInfo } from "../../../client/close_code.ts";
import {
  type DownlinkContext,
  HttpTransport,
  readClose,
} from "../../../client/transports/http_transport.ts";
import { httpOptions, Probe, targetOf } from "../../support/transport_contract.ts";
import { waitFor } from "../../support/wait.ts";

/** A transport whose downlink is the test's. */
function setUp(respond: () => Response) {
  const connection = Promise.withResolvers<DownlinkContext>();
  const end = Promise.withResolvers<CloseInfo>();
  const fetch = () => Promise.resolve(respond());
  const probe = new Probe(
    (target, handlers) =>
      new HttpTransport(target, handlers, { ...httpOptions, fetch }, {
        receive: (given) => {
          connection.resolve(given);
          return end.promise;
        },
      }),
    targetOf({ url: "ws://a.test/ws" }),
  );
  return { probe, connection: connection.promise, end };
}

Deno.test("HttpTransport tells of one end only, the first", async () => {
  const { probe, connection, end } = setUp(() => new Response("", { status: 404 }));
  (await connection).opened("s");
  probe.transport.send('{"type":"a"}');
  await waitFor(() => probe.closes.length === 1);
  end.resolve({ code: 4000, reason: "", wasClean: true });
  await end.promise;
  (await connection).message('{"type":"late"}');
  assertEquals([probe.closes.length, probe.closes[0]?.code, probe.heard], [1, 1006, []]);
});

Deno.test("HttpTransport.close() resolves when the downlink has ended", async () => {
  const { probe, connection, end } = setUp(() => new Response("{}"));
  (await connection).opened("s");
  const closed = probe.transport.close();
  (await connection).opened("s");
  end.resolve({ code: 1006, reason: "", wasClean: false });
  await closed;
  assertEquals([probe.opened, probe.closes], [1, []]);
});

Deno.test("HttpTransport tells how many bytes wait", async () => {
  const { probe, connection, end } = setUp(() => new Response('{"messages":[]}'));
  (await connection).opened("s");
  probe.transport.send("12345");
  assertEquals(probe.transport.bufferedAmount, 5);
  await waitFor(() => probe.transport.bufferedAmount === 0);
  end.resolve({ code: 1000, reason: "", wasClean: true });
  await waitFor(() => probe.closes.length === 1);
});

Deno.test("readClose() reads what a server announces, and makes the best of the rest", () => {
  assertEquals(readClose({ code: 1012, reason: "bye" }), {
    code: 1012,
    reason: "bye",
    wasClean: true,
  });
  for (const value of [undefined, null, [], "1012", { code: "1012" }]) {
    assertEquals(readClose(value), { code: 1006, reason: "", wasClean: false });
  }
});

Deno.test("HttpTransport.terminate() ends the request that tells of the end", async () => {
  const requests: string[] = [];
  function fetch(url: URL, { method = "GET", signal }: RequestInit): Promise<Response> {
    requests.push(`${method} ${url.pathname}${url.search}`);
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  }
  const end = Promise.withResolvers<CloseInfo>();
  const probe = new Probe(
    (target, handlers) =>
      new HttpTransport(target, handlers, { ...httpOptions, fetch }, {
        receive: ({ opened }) => (opened("s"), end.promise),
        leave: "poll",
      }),
    targetOf({ url: "ws://a.test/ws" }),
  );
  end.resolve({ code: 1006, reason: "", wasClean: false });
  const closed = probe.transport.close();
  probe.transport.terminate();
  await closed;
  assertEquals([requests, probe.closes], [["DELETE /poll?session=s"], []]);
});
