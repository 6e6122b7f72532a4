/** The chat: guests meet in rooms and write to each other. */

import { AckError, App, type Clock, EventError, type HistoryOptions } from "@hawser/ws";
import type { Broker } from "@hawser/ws/workers";
import * as v from "valibot";
import type { ChatAccounts } from "./accounts.ts";
import type { ChatApp, ChatClient } from "./events.ts";
import { makeGuest } from "./guests.ts";
import { listTimeout, maxListedMembers, MemberLists } from "./members.ts";
import { MessageIds } from "./message_ids.ts";
import { RoomNews } from "./room_news.ts";

export type * from "./events.ts";

/** Options of {@linkcode createChat}. */
export interface ChatOptions {
  /**
   * Messages per second and client, and twice as many at once; 0 sets no limit.
   *
   * @default {10}
   */
  rate?: number;
  /** Tells who people are by their tokens; without it, everybody is a guest. */
  accounts?: ChatAccounts | undefined;
  /**
   * How much is kept of what is written, or where else it is kept. A broker keeps it by itself.
   *
   * @default The last 100 messages of a room, in memory.
   */
  history?: HistoryOptions;
  /** Joins the nodes of the chat; without it, there is one. */
  broker?: Broker;
  /** The clock of timers; for tests. */
  clock?: Clock;
}

/** Characters of a message. */
const maxContentLength = 4_000;

const contentRule = `Must have 1 to ${maxContentLength} characters`;
const inRoom = v.object({ roomId: v.string() });
const content = v.pipe(
  v.string(),
  v.minLength(1, contentRule),
  v.maxLength(maxContentLength, contentRule),
);
const writing = v.object({ roomId: v.string(), content });
const whispering = v.object({ to: v.string(), content });

/**
 * Makes a chat. Without accounts everybody is a guest, called as `?name=` of the upgrade request
 * says, and the same one again by the secret in `?guest=`.
 *
 * @param options How fast one may write, who they are, and what is kept.
 * @returns The application.
 */
export function createChat(options: ChatOptions = {}): ChatApp {
  const { rate = 10, accounts, clock, broker, history = {} } = options;
  const lists = new MemberLists((room) =>
    app.in(room).members(maxListedMembers, { timeout: listTimeout })
  );
  const app: ChatApp = new App({
    ...accounts ?? {
      identify: ({ request }) => {
        const { searchParams } = new URL(request.url);
        return makeGuest(searchParams.get("name"), searchParams.get("guest"));
      },
    },
    welcome: (client) => ({ ...client.user }),
    rateLimit: rate > 0 && { perSecond: rate },
    connectRate: { perSecond: 50, burst: 500 },
    memberInfo: ({ user: { userId, name } }) => ({ userId, name }),
    rooms: {
      join: true,
      joined: async (client, roomId) => {
        const members = await lists.of(roomId, client);
        const count = news.countOf(roomId);
        return count === undefined ? { members } : { members, count };
      },
      ...broker === undefined && { history },
    },
    ...broker && { broker },
    presence: true,
    measure: true,
    ...clock && { clock },
  });
  const news = new RoomNews(app, clock);
  app.onJoin((client, roomId) => news.joined(client, roomId));
  app.onLeave((client, roomId) => news.leaving(client, roomId));
  app.on("typing:start", inRoom, (client, { roomId }) => {
    requireMember(client, roomId);
    news.introduce(client, roomId);
    client.to(roomId).emit("user:typing", { ...client.user, roomId });
  });
  handleMessages(app, news);
  handlePrivateMessages(app);
  return app;
}

function handleMessages(app: ChatApp, news: RoomNews): void {
  const ids = new MessageIds();

  async function publish(
    event: "chat:message" | "message:new",
    client: ChatClient,
    { roomId, content }: v.InferOutput<typeof writing>,
  ): Promise<{ status: "ok" }> {
    requireMember(client, roomId);
    news.introduce(client, roomId);
    const now = Date.now();
    const id = ids.next(now);
    const ts = toSeconds(now);
    await app.publish(roomId, event, { id, ...client.user, content, ts, roomId });
    return { status: "ok" };
  }

  app.on("chat:message", writing, (client, data) => publish("chat:message", client, data));
  app.on("message:send", writing, (client, data) => publish("message:new", client, data));
}

function handlePrivateMessages(app: ChatApp): void {
  app.on("message:private", whispering, async (client, { to, content }) => {
    const target = isClient(app, to) ? app.toClient(to) : app.toUser(to);
    // A user may have tabs on other nodes, too, which are sent it without being counted.
    if (target.count === 0) await requireSomebody(() => target.total({ timeout: listTimeout }));
    const ts = toSeconds(Date.now());
    target.emit("message:private", { from: client.id, fromUser: client.user.userId, content, ts });
    return { status: "ok" };
  });
}

/** Whether an id is that of a client, on whichever node; otherwise it is a user's. */
function isClient(app: ChatApp, id: string): boolean {
  return app.client(id) !== undefined ||
    app.nodes.list().some(({ node }) => id.startsWith(`${node}.`));
}

/** @throws {EventError} Nobody is there, as far as other nodes can be asked. */
async function requireSomebody(count: () => Promise<number>): Promise<void> {
  try {
    if (await count() > 0) return;
  } catch (error) {
    if (!(error instanceof AckError)) throw error;
    if (error.answers.some((answer) => Number(answer) > 0)) return;
    throw new EventError("UNAVAILABLE", "Cannot tell whether somebody of this id is here");
  }
  throw new EventError("FORBIDDEN", "Nobody of this id is here");
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function requireMember(client: ChatClient, roomId: string): void {
  if (!client.rooms.has(roomId)) throw new EventError("FORBIDDEN", "Not in this room");
}
