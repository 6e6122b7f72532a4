/** Members of one room on several nodes, and what they must have heard. */

import { assert, assertEquals } from "@std/assert";
import { HawserClient, type Joined, type Position } from "@hawser/ws/client";
import type { Traffic } from "./room_traffic.ts";

/** The room of all. */
export const room = "deck";

/** A message, as a member has heard it. */
export interface Heard {
  readonly epoch: string;
  readonly seq: number;
  readonly text: string;
}

interface ServerEvents {
  said: { readonly text: string };
  question: unknown;
  "presence:update": { readonly userId: string; readonly status: string };
}

/** A member by the client library. */
export class RoomMember implements AsyncDisposable {
  readonly client: HawserClient<ServerEvents>;
  readonly heard: Heard[] = [];
  readonly #texts = new Set<string>();
  /** The messages of the room after the join. */
  readonly joined: Joined[] = [];
  /** Before which messages of `heard` it was told of a gap. */
  readonly gaps: number[] = [];

  private constructor(url: string | (() => string)) {
    this.client = new HawserClient<ServerEvents>(url, { minDelay: 10, maxDelay: 100 });
    this.client.on("said", ({ text }) => {
      const { epoch, seq } = this.client.position(room)!;
      this.heard.push({ epoch, seq, text });
      this.#texts.add(text);
    });
    this.client.onGap(() => void this.gaps.push(this.heard.length));
  }

  /** Connects one, and lets it join. A function says anew where to connect, each time. */
  static async join(url: string | (() => string)): Promise<RoomMember> {
    const member = new RoomMember(url);
    await member.client.join(room);
    member.client.on("room:joined", (joined) => void member.joined.push(joined));
    return member;
  }

  /** Publishes by its client. */
  async publish(room: string, _event: string, data: unknown): Promise<Position> {
    const { text } = data as { text: string };
    // The rate is what the machine can do; how long an answer may take is not what is tested.
    return await this.client.emitWithAck("say", { room, text }, { timeout: 60_000 }) as Position;
  }

  /** Whether it has heard a text. */
  hasHeard(text: string): boolean {
    return this.#texts.has(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

/** How members of a room are checked. */
export interface RoomChecks {
  /**
   * A replica took over that lacks the last messages. Until the nodes have found this out, which
   * each does for itself, it gives their numbers to others; then the room begins anew.
   */
  readonly isForked?: boolean;
}

/**
 * Checks that all members have heard the same, in one order with consecutive numbers, each sender's
 * messages in its order and once, and nothing that was refused. A member that was told of a gap may
 * have missed something there, no other one.
 */
export function checkRoom(
  members: readonly RoomMember[],
  traffic: Traffic,
  { isForked = false }: RoomChecks = {},
): void {
  const lastEpoch = members[0]?.heard.at(-1)?.epoch;
  const isCertain = (epoch: string) => !isForked || epoch === lastEpoch;
  const texts = new Map<string, string>();
  const unstored = new Set(traffic.unstored);
  for (const member of members) {
    checkNumbers(member);
    checkSenders(member);
    for (const { epoch, seq, text } of member.heard) {
      const place = `${epoch}:${seq}`;
      if (isCertain(epoch)) {
        assertEquals(texts.get(place) ?? text, text, `two messages at ${place}`);
      }
      texts.set(place, text);
      assert(!unstored.has(text), `${text} was heard, and refused as not stored`);
    }
  }
  for (const { epoch, seq, text } of traffic.stored) {
    if (!isCertain(epoch)) continue;
    assertEquals(texts.get(`${epoch}:${seq}`) ?? text, text);
  }
  const whole = members.filter(({ gaps }) => gaps.length === 0);
  for (const { heard } of whole) {
    const known = new Set(heard.map(({ text }) => text));
    const missing = traffic.stored.filter(({ text }) => !known.has(text));
    assertEquals(missing, [], "stored, and not heard by one that was told of no gap");
    assertEquals(heard, whole[0]!.heard);
  }
}

function checkNumbers({ heard, gaps }: RoomMember): void {
  for (let i = 1; i < heard.length; i++) {
    if (gaps.includes(i)) continue;
    const [before, now] = [heard[i - 1]!, heard[i]!];
    assertEquals([now.epoch, now.seq], [before.epoch, before.seq + 1], `behind ${before.text}`);
  }
}

function checkSenders({ heard }: RoomMember): void {
  const last = new Map<string, number>();
  for (const { text } of heard) {
    const [sender, number] = text.split(":");
    const before = last.get(sender!) ?? -1;
    assert(Number(number) > before, `${text} came behind ${sender}:${before}`);
    last.set(sender!, Number(number));
  }
}
