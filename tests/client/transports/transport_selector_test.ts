import { assertEquals } from "@std/assert";
import {
  type TransportFactory,
  TransportSelector,
} from "../../../client/transports/transport_selector.ts";

function makeSelector(patience = 3): TransportSelector {
  const open = () => {
    throw new Error("not here");
  };
  return new TransportSelector(
    [
      { name: "websocket", open },
      { name: "sse", open },
      { name: "poll", open },
    ] satisfies TransportFactory[],
    patience,
  );
}

/** The ways that are tried while nothing opens. */
function names(selector: TransportSelector, count: number): string[] {
  return Array.from({ length: count }, () => {
    const { name } = selector.current;
    selector.failed();
    return name;
  });
}

Deno.test("TransportSelector goes on when the first way has not opened so many times", () => {
  assertEquals(names(makeSelector(), 6), [
    "websocket",
    "websocket",
    "websocket",
    "sse",
    "poll",
    "websocket",
  ]);
});

Deno.test("TransportSelector keeps to a first way that has opened once", () => {
  const selector = makeSelector(1);
  selector.opened();
  assertEquals(new Set(names(selector, 20)), new Set(["websocket"]));
});

Deno.test("TransportSelector forgets what it knows when the network is another one", () => {
  const selector = makeSelector(1);
  selector.opened();
  selector.reset();
  assertEquals(names(selector, 2), ["websocket", "sse"]);
  selector.reset();
  assertEquals(selector.current.name, "websocket");
});

Deno.test("TransportSelector keeps another way as long as it opens", () => {
  const selector = makeSelector(1);
  selector.failed();
  selector.opened();
  assertEquals(names(selector, 3), ["sse", "poll", "websocket"]);
});

Deno.test("TransportSelector of one way stays there", () => {
  const [way] = [makeSelector().current];
  const selector = new TransportSelector([way], 1);
  assertEquals(names(selector, 3), ["websocket", "websocket", "websocket"]);
});

Deno.test("TransportSelector gives up a way that connects twice and carries nothing, though it once opened", () => {
  const selector = makeSelector();
  selector.opened();
  selector.failed(true);
  selector.failed();
  assertEquals(selector.current.name, "websocket");
  selector.failed(true);
  selector.opened();
  selector.failed(true);
  assertEquals(selector.current.name, "websocket");
  selector.failed(true);
  assertEquals([selector.current.name, selector.preferred.name], ["sse", "websocket"]);
});
