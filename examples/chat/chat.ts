/** The chat: guests meet in rooms and write to each other. */

import {
  AckError,
  App,
  type Client,
  type Clock,
  EventError,
  type HistoryOptions,
  type Position,
  type PresenceUpdate,
} from "@hawser/ws";
import type { Broker } from "@hawser/ws/workers";
import * as v from "valibot";
import type { ChatAccounts } from "./accounts.ts";
import { type Guest, makeGuest } from "./guests.ts";
import { listTimeout, maxListedMembers, MemberLists } from "./members.ts";
import { MessageIds } from "./message_ids.ts";

/** What a client sends. */
export interface ChatClientEvents {
  /** Writes into a room: everybody there gets a `chat:message`. */
  "chat:message": { roomId: string; content: string };
  /** The same, and everybody gets a `message:new`. */
  "message:send": { roomId: string; content: string };
  /** Writes to one client, by its id, or to all clients of a user, by the user's. */
  "message:private": { to: string; content: string };
  /** Tells the others of a room that somebody is writing. */
  "typing:start": { roomId: string };
}

/** A message of a room. */
export interface ChatMessage extends Guest {
  /** Names the message, a UUID that no two nodes give; those of a node grow. */
  readonly id: string;
  /** What was written. */
  readonly content: string;
  /** When, in seconds since 1970. */
  readonly ts: number;
  /** Where. */
  readonly roomId: string;
}

/** A message to somebody. */
export interface PrivateMessage {
  /** Id of the client that wrote it. */
  readonly from: string;
  /** Id of the user. */
  readonly fromUser: string;
  /** What was written. */
  readonly content: string;
  /** When, in seconds since 1970. */
  readonly ts: number;
}

/** Something that somebody does in a room. */
export interface GuestInRoom extends Guest {
  /** Where. */
  readonly roomId: string;
}

/** What is found in a room on entering. */
export interface RoomJoined extends Position {
  /** Which room. */
  readonly roomId: string;
  /** `true` when all that was missed since the earlier visit has been sent before this. */
  readonly recovered: boolean;
  /** Who is here, the newcomer too; the first hundred. */
  readonly members: readonly Guest[];
}

/** What the server sends. */
export interface ChatServerEvents {
  /** The answer to a join, with what the rule of `rooms` adds. */
  "room:joined": RoomJoined;
  "user:joined": GuestInRoom;
  "user:left": GuestInRoom;
  "user:typing": GuestInRoom;
  "chat:message": ChatMessage;
  "message:new": ChatMessage;
  "message:private": PrivateMessage;
  "presence:update": PresenceUpdate;
}

/** The chat as an application for `serve`. */
export type ChatApp = App<ChatClientEvents, ChatServerEvents, Guest>;

/** Somebody's connection. */
export type ChatClient = Client<ChatServerEvents, Guest>;

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
  /** What timers go by; for tests. */
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
 * says.
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
      identify: ({ request }) => makeGuest(new URL(request.url).searchParams.get("name")),
    },
    welcome: (client) => ({ ...client.user }),
    rateLimit: rate > 0 && { perSecond: rate },
    connectRate: { perSecond: 50, burst: 500 },
    memberInfo: ({ user: { userId, name } }) => ({ userId, name }),
    rooms: {
      join: true,
      joined: async (client, roomId) => ({ members: await lists.of(roomId, client) }),
      ...broker === undefined && { history },
    },
    ...broker && { broker },
    presence: true,
    measure: true,
    ...clock && { clock },
  });
  app.onJoin((client, roomId) => tellOthers(client, "user:joined", roomId));
  app.onLeave((client, roomId) => tellOthers(client, "user:left", roomId));
  app.on("typing:start", inRoom, (client, { roomId }) => {
    requireMember(client, roomId);
    tellOthers(client, "user:typing", roomId);
  });
  handleMessages(app);
  handlePrivateMessages(app);
  return app;
}

function handleMessages(app: ChatApp): void {
  const ids = new MessageIds();

  async function publish(
    event: "chat:message" | "message:new",
    client: ChatClient,
    { roomId, content }: v.InferOutput<typeof writing>,
  ): Promise<{ status: "ok" }> {
    requireMember(client, roomId);
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

function tellOthers(
  client: ChatClient,
  event: "user:joined" | "user:left" | "user:typing",
  roomId: string,
): void {
  client.to(roomId).emit(event, { ...client.user, roomId });
}

function requireMember(client: ChatClient, roomId: string): void {
  if (!client.rooms.has(roomId)) throw new EventError("FORBIDDEN", "Not in this room");
}
