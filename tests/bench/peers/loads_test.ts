import { assert, assertEquals, assertThrows } from "@std/assert";
import { generatorArgs, loads, selectLoads } from "../../../bench/peers/loads.ts";

Deno.test("loads have names of their own", () => {
  assertEquals(new Set(loads.map(({ name }) => name)).size, loads.length);
});

Deno.test("selectLoads() chooses all where nothing is named", () => {
  assertEquals(selectLoads([]), loads);
});

Deno.test("selectLoads() takes * for anything, in the order of the tables", () => {
  const names = selectLoads(["tls*", "echo-1k*"]).map(({ name }) => name);
  assertEquals(names, ["echo-1k", "echo-1k-p16", "tls-32"]);
});

Deno.test("selectLoads() refuses what fits no load", () => {
  assertThrows(() => selectLoads(["echo-1k", "echo."]), RangeError, '"echo."');
});

Deno.test("generatorArgs() joins connections and the load's own flags", () => {
  const [load] = selectLoads(["echo-16k"]);
  assertEquals(
    generatorArgs(load!, "json").join(" "),
    "-c 64 --mode echo -s 16384 -p 2 --binary",
  );
});

Deno.test("generatorArgs() lets members say the same in either dialect", () => {
  const [load] = selectLoads(["room-500"]);
  const json = generatorArgs(load!, "json");
  const socketio = generatorArgs(load!, "socketio");
  assertEquals(JSON.parse(json[json.indexOf("--hello") + 1]!), { type: "enter" });
  const { type, ...data } = JSON.parse(json[json.indexOf("--text") + 1]!);
  assertEquals(socketio[socketio.indexOf("--hello") + 1], "40");
  assertEquals(
    socketio[socketio.indexOf("--text") + 1],
    `42${JSON.stringify([type, data])}`,
  );
  assert(socketio.includes("/socket.io/?EIO=4&transport=websocket"));
});

Deno.test("generatorArgs() lets clients of Socket.IO wait for both greetings, and knows the answer", () => {
  const [load] = selectLoads(["socketio-1k"]);
  const args = generatorArgs(load!, "json");
  const after = (flag: string) => args[args.indexOf(flag) + 1];
  assertEquals(after("--greetings"), "2");
  assertEquals(after("--text"), '451-0["echo",{"_placeholder":true,"num":0}]');
  assertEquals(after("--answer"), '461-0[{"_placeholder":true,"num":0}]');
  assert(args.includes("--attach"));
});

Deno.test("generatorArgs() takes a load's own wire before the server's dialect", () => {
  const [load] = selectLoads(["socketio-500"]);
  assertEquals(generatorArgs(load!, "json"), generatorArgs(load!, "socketio"));
});
