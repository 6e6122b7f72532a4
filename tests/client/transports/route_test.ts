import { assertEquals } from "@std/assert";
import { Route, type Way } from "../../../client/transports/route.ts";

function makeRoute(patience = 3): Route {
  const open = () => {
    throw new Error("not here");
  };
  return new Route(
    [
      { name: "websocket", open },
      { name: "sse", open },
      { name: "poll", open },
    ] satisfies Way[],
    patience,
  );
}

/** The ways that are tried while nothing opens. */
function names(route: Route, count: number): string[] {
  return Array.from({ length: count }, () => {
    const { name } = route.current;
    route.failed();
    return name;
  });
}

Deno.test("Route goes on when the first way has not opened so many times", () => {
  assertEquals(names(makeRoute(), 6), [
    "websocket",
    "websocket",
    "websocket",
    "sse",
    "poll",
    "websocket",
  ]);
});

Deno.test("Route keeps to a first way that has opened once", () => {
  const route = makeRoute(1);
  route.opened();
  assertEquals(new Set(names(route, 20)), new Set(["websocket"]));
});

Deno.test("Route forgets what it knows when the network is another one", () => {
  const route = makeRoute(1);
  route.opened();
  route.reset();
  assertEquals(names(route, 2), ["websocket", "sse"]);
  route.reset();
  assertEquals(route.current.name, "websocket");
});

Deno.test("Route keeps another way as long as it opens", () => {
  const route = makeRoute(1);
  route.failed();
  route.opened();
  assertEquals(names(route, 3), ["sse", "poll", "websocket"]);
});

Deno.test("Route of one way stays there", () => {
  const [way] = [makeRoute().current];
  const route = new Route([way], 1);
  assertEquals(names(route, 3), ["websocket", "websocket", "websocket"]);
});

Deno.test("Route gives up a way that connects twice and carries nothing, though it once opened", () => {
  const route = makeRoute();
  route.opened();
  route.failed(true);
  route.failed();
  assertEquals(route.current.name, "websocket");
  route.failed(true);
  route.opened();
  route.failed(true);
  assertEquals(route.current.name, "websocket");
  route.failed(true);
  assertEquals([route.current.name, route.best.name], ["sse", "websocket"]);
});
