/** Somebody in the chat, by Deno's own WebSocket and JSON: says, and writes down what comes. */

import type { Position } from "@hawser/ws";
import { waitFor } from "./wait.ts";

// deno-lint-ignore no-explicit-any -- tests compare whatever it is
export type ChatMessage = any;

/** How a member comes in. */
export interface MemberOptions {
  readonly name?: string;
  /** Says who it is, where people have accounts. */
  readonly token?: string;
}

/** A connection to a chat. */
export class ChatMember implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #answers = new Map<string, (answer: ChatMessage) => void>();
  #lastId = 0;
  /** All that has come but for answers. */
  readonly received: ChatMessage[] = [];
  /** Whether the connection has ended. */
  hasEnded = false;

  /** Use {@linkcode ChatMember.open}. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(data)));
    socket.addEventListener("close", () => this.hasEnded = true);
  }

  /** Connects, and waits for the welcome. */
  static async open(
    { host }: URL,
    { name = "somebody", token }: MemberOptions = {},
  ): Promise<ChatMember> {
    const query = new URLSearchParams({ name, ...token && { token } });
    const member = new ChatMember(new WebSocket(`ws://${host}/ws?${query}`));
    await waitFor(() => member.of("welcome").length > 0 || member.hasEnded);
    if (member.hasEnded) throw new Error(`Cannot connect to ${host}`);
    return member;
  }

  /** The client's id. */
  get id(): string {
    return this.of("welcome")[0].id;
  }

  /** Name of the node that it is connected to; empty where there is one only. */
  get node(): string {
    const [node = "", rest] = this.id.split(".");
    return rest === undefined ? "" : node;
  }

  /** The user's id. */
  get userId(): string {
    return this.of("welcome")[0].userId;
  }

  /** The received messages of a type. */
  of(type: string): ChatMessage[] {
    return this.received.filter((message) => message.type === type);
  }

  /** The messages of the room, in the order of arrival. */
  get published(): ChatMessage[] {
    return this.received.filter(({ stream }) => stream !== undefined);
  }

  /** The numbers of these. */
  get seqs(): number[] {
    return this.published.map(({ seq }) => seq);
  }

  /** Sends an event, and waits for its acknowledgement, which may be an error. */
  ask(event: string, data: unknown): Promise<ChatMessage> {
    const id = `${++this.#lastId}`;
    const answer = new Promise<ChatMessage>((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, event, data }));
    return answer;
  }

  /** Sends an event. */
  emit(event: string, data: object): void {
    this.#socket.send(JSON.stringify({ type: event, ...data }));
  }

  /** Enters a room, and waits until the chat says so. */
  async join(roomId: string, position?: Position): Promise<ChatMessage> {
    const answer = await this.ask("room:join", { roomId, ...position });
    if (answer.error !== undefined) throw new Error(`Cannot join ${roomId}: ${answer.error.code}`);
    return this.of("room:joined").findLast((joined) => joined.roomId === roomId);
  }

  /** Writes into a room, and waits for the acknowledgement. */
  say(roomId: string, content: string): Promise<ChatMessage> {
    return this.ask("message:send", { roomId, content });
  }

  /** Goes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await waitFor(() => this.hasEnded);
  }

  #take(message: ChatMessage): void {
    if (typeof message.ack !== "string") return void this.received.push(message);
    this.#answers.get(message.ack)?.(message);
    this.#answers.delete(message.ack);
  }
}
