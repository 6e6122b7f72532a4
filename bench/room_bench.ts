/** The cost of an event to a room above the connections, against a loop over a Set. */

import { App } from "../server/app/app.ts";
import { Sink } from "./sink.ts";
import { openApp } from "../tests/support/clients.ts";

const note = { text: "Cast off at noon" };

for (const size of [10, 500, 5_000]) {
  const app = new App();
  app.onConnect((client) => {
    client.join("deck");
    if (client.id < "8") client.join("bridge");
  });
  const connections = Array.from({ length: size }, () => new Sink());
  for (const connection of connections) openApp(app, connection);
  const members = new Set(connections);
  const group = `room of ${size}`;

  Deno.bench(`app.to(room).emit, ${size}`, { group, baseline: true }, () => {
    app.to("deck").emit("note", note);
  });

  Deno.bench(`app.to(room).to(room).emit, ${size}`, { group }, () => {
    app.to("deck").to("bridge").emit("note", note);
  });

  Deno.bench(`JSON.stringify and a Set, ${size}`, { group }, () => {
    const text = JSON.stringify({ type: "note", ...note });
    for (const member of members) member.send(text);
  });
}
