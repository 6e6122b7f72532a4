/** Authentication: a client brings a token before the upgrade or by its first message. */

import { App, jwt, serve } from "@hawser/ws";
import { SignJWT } from "jose";
import { readFlags } from "./flags.ts";
import { listen, listenFlags } from "./listen.ts";

interface User {
  sub: string;
  role: "admin" | "user";
}

const flags = readFlags("Tokens at POST /login?user=NAME, WebSocket at /ws?token=TOKEN.", {
  ...listenFlags,
  secret: { type: "text", metavar: "SECRET", help: "Signs tokens; by default a new one each time" },
});

const secret = new TextEncoder().encode(flags.secret ?? crypto.randomUUID());
const issuer = "hawser-example";

const app = new App<{ whoami: unknown }, { joined: { user: string } }, User>({
  auth: {
    verify: jwt<User>({
      secret,
      issuer,
      user: ({ sub }) => sub === undefined ? undefined : { sub, role: roleOf(sub) },
    }),
  },
});

app.onConnect((client) => client.broadcast.emit("joined", { user: client.user.sub }));
app.on("whoami", (client) => client.user);

function roleOf(name: string): User["role"] {
  return name === "ada" ? "admin" : "user";
}

/** A real one would ask for a password. */
async function login(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const user = searchParams.get("user");
  if (pathname !== "/login" || request.method !== "POST" || !user) {
    return new Response("POST /login?user=NAME\n", { status: 404 });
  }
  const token = await new SignJWT({ sub: user, iss: issuer })
    .setProtectedHeader({ alg: "HS256" }).setExpirationTime("15m").sign(secret);
  return Response.json({ token });
}

await listen(flags, (address) => serve({ ...address, path: "/ws", fetch: login, app }));
