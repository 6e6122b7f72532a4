/** The members of a room, on all nodes. */

import { AckError, type MemberInfo } from "@hawser/ws";
import type { Guest } from "./guests.ts";

/** Members that are listed for who joins a room. */
export const maxListedMembers = 100;

/** Milliseconds that other nodes have to say who is there; without an answer, they are left out. */
export const listTimeout = 1_000;

/** A question about a room that other nodes have not answered yet. */
interface Question {
  readonly members: Promise<readonly MemberInfo[]>;
  /** Called with the answer. */
  next: Promise<readonly MemberInfo[]> | undefined;
}

/**
 * Lists members for those who join. A client that joins while other nodes are being asked waits for
 * the next question, which all waiting clients share: when a node dies and a thousand people come
 * back, each room is asked about a few times and not a thousand.
 */
export class MemberLists {
  readonly #ask: (room: string) => Promise<MemberInfo[]>;
  readonly #questions = new Map<string, Question>();

  /** @param ask Asks all nodes; may reject with an `AckError` that has what has come. */
  constructor(ask: (room: string) => Promise<MemberInfo[]>) {
    this.#ask = ask;
  }

  /**
   * Lists who is in a room.
   *
   * @param room The room.
   * @param newcomer The client that is told, which comes last.
   * @returns The first hundred.
   */
  async of(
    room: string,
    newcomer: { readonly id: string; readonly user: Guest },
  ): Promise<Guest[]> {
    const question = this.#questions.get(room);
    const members =
      await (question === undefined
        ? this.#begin(room)
        : question.next ??= question.members.then(() => this.#begin(room)));
    return members
      .filter(({ id }) => id !== newcomer.id)
      .slice(0, maxListedMembers - 1)
      // The cast: all nodes tell the user of each client.
      .map(({ info }) => info as Guest)
      .concat(newcomer.user);
  }

  #begin(room: string): Promise<readonly MemberInfo[]> {
    const members = this.#list(room);
    const question: Question = { members, next: undefined };
    this.#questions.set(room, question);
    members.then(() => {
      if (question.next === undefined) this.#questions.delete(room);
    });
    return members;
  }

  /** Never rejects: whoever joins is let in, whether or not all nodes answer. */
  async #list(room: string): Promise<readonly MemberInfo[]> {
    try {
      return await this.#ask(room);
    } catch (error) {
      // The cast: the answers are those of the nodes that did answer.
      return error instanceof AckError ? error.answers as MemberInfo[] : [];
    }
  }
}
