/** Rows that only an application shows: clients of one server, or two, that talk to each other. */

import { SignJWT } from "jose";
import { startRedis } from "./redis.ts";
import { type ReadyContender, startFor } from "./start.ts";
import { Line, LostError, type Talker } from "./talker.ts";

const room = "harbour";

/** After so long, nothing more is expected. Milliseconds. */
const patience = 3_000;

/** Whether those in a room hear what is said there, and nobody else. */
export async function rooms(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "rooms");
  using ada = await contender.speak!(target.port);
  using ben = await contender.speak!(target.port);
  using eve = await contender.speak!(target.port);
  await ada.join(room);
  await ben.join(room);
  await eve.join("elsewhere");
  await settle();
  await ada.say(room, "Ahoy");
  await heardBy(ben, 1);
  await settle();
  return ben.heard.join() === "Ahoy" && eve.heard.length === 0 ? "yes" : "no";
}

/** Whether the sender of an event learns that it was handled. */
export async function acknowledgements(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "acks");
  using ada = await contender.speak!(target.port);
  await ada.join(room);
  const late = wait(patience).then(() => "no");
  return await Promise.race([ada.say(room, "Ahoy").then(() => "yes"), late]);
}

/** Whether a client that comes back is told what it has missed: all of it, in order, once. */
export async function recovery(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "recovery");
  const { port } = target;
  using ada = await contender.speak!(port);
  await ada.join(room);
  using ben = await lose(contender, port, ada);
  for (const text of ["3", "4", "5"]) await ada.say(room, text);
  using again = await contender.speak!(port, { resume: ben });
  await again.join(room);
  await ada.say(room, "6");
  await heardBy(again, 4);
  await settle();
  return [...ben.heard, ...again.heard].join() === "1,2,3,4,5,6" ? "yes" : "no";
}

/** A member that heard two messages, and whose connection then ended. */
async function lose(contender: ReadyContender, port: number, ada: Talker): Promise<Talker> {
  const ben = await contender.speak!(port);
  await ben.join(room);
  for (const text of ["1", "2"]) await ada.say(room, text);
  await heardBy(ben, 2);
  ben[Symbol.dispose]();
  await settle();
  return ben;
}

/** Whether a token that the server's secret has signed is let in, and no other one. */
export async function tokens(contender: ReadyContender): Promise<string> {
  const secret = crypto.randomUUID();
  await using target = await startFor(contender, "auth", secret);
  const letsIn = async (token: string) => {
    try {
      using _talker = await contender.speak!(target.port, { token });
      return true;
    } catch (error) {
      if (error instanceof LostError) return false;
      throw error;
    }
  };
  const good = await letsIn(await sign(secret));
  const bad = await letsIn(await sign("another"));
  return good && !bad ? "yes" : "no";
}

function sign(secret: string): Promise<string> {
  return new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("5m").sign(new TextEncoder().encode(secret));
}

/** Whether a client without WebSocket hears what is said in a room. */
export async function fallback(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "fallback");
  using ada = await contender.speak!(target.port);
  await ada.join(room);
  await using stream = await contender.stream!(target.port, room);
  await settle();
  await ada.say(room, "Ahoy");
  const late = wait(patience).then(() => "");
  return (await Promise.race([stream.next(), late])).includes("Ahoy") ? "yes" : "no";
}

/** Whether not all of 200 events at once are handled. */
export async function rateLimit(contender: ReadyContender): Promise<string> {
  if (contender.speak === undefined) return await echoLimit(contender);
  await using target = await startFor(contender, "rooms");
  using ada = await contender.speak!(target.port);
  using ben = await contender.speak!(target.port);
  await ben.join(room);
  await ada.join(room);
  const said = Array.from({ length: 200 }, (_, i) => ada.say(room, `${i}`).catch(() => {}));
  await Promise.race([Promise.all(said), wait(patience)]);
  await heardBy(ben, 200);
  return ben.heard.length === 200 ? "no" : "yes";
}

/** The same where there are no events: echoes are counted. */
async function echoLimit(contender: ReadyContender): Promise<string> {
  await using target = await startFor(contender, "plain");
  const heard: string[] = [];
  using line = await Line.open(`ws://127.0.0.1:${target.port}/`, (text) => heard.push(text));
  for (let i = 0; i < 200; i++) line.send(`${i}`);
  await heardBy({ heard }, 200);
  return heard.length === 200 ? "no" : "yes";
}

/** Whether rooms of two processes are one, by Redis between them. */
export async function cluster(contender: ReadyContender): Promise<string> {
  await using redis = await startRedis();
  await using one = await startFor(contender, "cluster", String(redis.port));
  await using other = await startFor(contender, "cluster", String(redis.port));
  using ada = await contender.speak!(one.port);
  using ben = await contender.speak!(other.port);
  await ada.join(room);
  await ben.join(room);
  await settle();
  await ada.say(room, "Ahoy");
  await heardBy(ben, 1);
  return ben.heard.join() === "Ahoy" ? "yes" : "no";
}

/** Waits until somebody has heard so much, or no longer can be expected to. */
async function heardBy({ heard }: Pick<Talker, "heard">, count: number): Promise<void> {
  const end = performance.now() + patience;
  while (heard.length < count && performance.now() < end) await wait(10);
}

/** Gives what should not come the time to come, and what has no answer the time to arrive. */
function settle(): Promise<void> {
  return wait(500);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
