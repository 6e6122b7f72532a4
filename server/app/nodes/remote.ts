/** Carries out targets' calls on other nodes, and those of other nodes here. */

import { decodeData, encodeData } from "../../../wire/data.ts";
import { checkNumber } from "../../../wire/option_checks.ts";
import type { Clock } from "../../clock.ts";
import {
  AckError,
  type AckErrorCode,
  type AckOptions,
  ask,
  checkTimeout,
  defaultTimeout,
} from "../clients/acks.ts";
import type { Hub } from "../clients/hub.ts";
import type { RoomLimits } from "../clients/room_limits.ts";
import type { Selection } from "../clients/selection.ts";
import type { MemberInfo, TargetMember } from "../clients/target_member.ts";
import { EventError } from "../events/errors.ts";
import { Outgoing } from "../events/outgoing.ts";
import type { BrokerLink } from "../streams/broker.ts";
import {
  decodeNodeMessage,
  encodeNodeMessage,
  type NodeMessage,
  type NodeQuestion,
} from "./node_message.ts";
import { nodeOf, topicOf } from "./topics.ts";

/** The reply of a node: answers of its clients, and why some are missing. */
interface RemoteAnswers {
  readonly answers: readonly unknown[];
  readonly failure?: { readonly code: AckErrorCode; readonly message: string } | undefined;
}

/** The parts that {@linkcode Remote} works on. */
export interface RemoteContext<M extends TargetMember> {
  readonly link: BrokerLink;
  readonly hub: Hub<M>;
  readonly limits: RoomLimits<M>;
  readonly clock: Clock;
  /** Gives the fields that other nodes get of a member besides its ids. */
  infoOf(member: M): unknown;
  /** Receives messages of other nodes that do not concern clients. */
  received(message: Extract<NodeMessage, { type: "presence" | "event" }>, from: string): void;
  /** A message cannot be read, or what it asks for has failed. Does not throw. */
  failed(error: unknown): void;
}

/**
 * Nodes have this long to reply after the time that their clients have.
 *
 * @limit ms: the reply is missing, and the question rejects with what has come
 */
const replyTime = 1_000;

/** Where there is nobody else. */
const nobody: RemoteAnswers = { answers: [] };

/** Tells and asks other nodes about a selection of clients, and does here what they ask for. */
export class Remote<M extends TargetMember> {
  readonly #context: RemoteContext<M>;

  /** @param context The parts that it uses. */
  constructor(context: RemoteContext<M>) {
    this.#context = context;
  }

  // ----- To other nodes -----

  /** Sends an event to the selected clients of other nodes. */
  emit(selection: Selection, outgoing: Outgoing): void {
    if (!this.#reaches(selection)) return;
    this.#tell({ type: "emit", selection, event: outgoing.event, text: outgoing.text });
  }

  /** Tells other nodes what to do with the clients that they select. */
  tell(message: Extract<NodeMessage, { readonly selection: Selection }>): void {
    if (this.#reaches(message.selection)) this.#tell(message);
  }

  #tell(message: Extract<NodeMessage, { readonly selection: Selection }>): void {
    this.#context.link.tell(topicOf(message.selection), encodeNodeMessage(message));
  }

  /** Tells other nodes that a user is online, or is no more. */
  tellPresence(message: Extract<NodeMessage, { type: "presence" }>): void {
    const { link } = this.#context;
    if (link.isAlone) return;
    link.tell(message.room === "" ? "all" : `room:${message.room}`, encodeNodeMessage(message));
  }

  // ----- Questions -----

  /** Asks the selected clients of all nodes; see {@linkcode Target.emitWithAck}. */
  async emitWithAck(
    selection: Selection,
    event: string,
    data: unknown,
    options: AckOptions,
  ): Promise<readonly unknown[]> {
    const { hub, clock } = this.#context;
    const asking = ask(hub.select(selection).toArray(), event, data, options, clock);
    if (!this.#reaches(selection)) return await asking;
    const { timeout = defaultTimeout } = options;
    const question = { type: "ack", selection, event, text: encodeData(data), timeout } as const;
    return answersOf(await Promise.all([gather(asking), this.#ask(question, timeout)]));
  }

  /** Lists the selected clients of all nodes; see {@linkcode Target.members}. */
  async members(
    selection: Selection,
    limit: number,
    options: AckOptions,
  ): Promise<MemberInfo[]> {
    const timeout = checkTimeout("members", options);
    checkNumber("limit", limit, { least: 0, endless: true });
    const here = this.#membersHere(selection, limit);
    // JSON has no Infinity.
    const wanted = Math.min(limit - here.length, Number.MAX_SAFE_INTEGER);
    if (wanted <= 0) return here;
    const there = await this.#ask({ type: "members", selection, limit: wanted }, timeout);
    // The cast: the nodes are of the same version.
    const members = answersOf([{ answers: here }, there]) as MemberInfo[];
    return members.slice(0, limit);
  }

  /** Counts the selected clients of all nodes; see {@linkcode Target.total}. */
  async total(selection: Selection, options: AckOptions): Promise<number> {
    const timeout = checkTimeout("total", options);
    const here = { answers: [this.#context.hub.count(selection)] };
    const counts = answersOf([here, await this.#ask({ type: "total", selection }, timeout)]);
    return counts.reduce((sum: number, count) => sum + Number(count), 0);
  }

  /** Asks the other nodes. Never rejects: what is missing is the failure. */
  async #ask(
    question: Extract<NodeQuestion, { readonly selection: Selection }>,
    timeout: number,
  ): Promise<RemoteAnswers> {
    const { selection } = question;
    if (!this.#reaches(selection)) return nobody;
    try {
      const { replies, missing } = await this.#context.link.ask(
        topicOf(selection),
        encodeNodeMessage(question),
        timeout + replyTime,
      );
      return combine(replies.map(decodeAnswers), missing);
    } catch (error) {
      if (!(error instanceof EventError)) this.#context.failed(error);
      return {
        answers: [],
        failure: { code: "ACK_UNSENT", message: "Other nodes cannot be reached" },
      };
    }
  }

  /** Whether clients of other nodes may be meant. */
  #reaches({ local, rooms, users, clients }: Selection): boolean {
    const { link } = this.#context;
    if (local || link.isAlone) return false;
    const isOneClient = clients.length === 1 && rooms.length + users.length === 0;
    if (!isOneClient) return true;
    const node = nodeOf(clients[0] ?? "");
    return node !== undefined && node !== link.node;
  }

  // ----- From other nodes -----

  /** Does what another node has told; see {@linkcode BrokerEars}. */
  told(encoded: string, from: string): void {
    try {
      this.#do(decodeNodeMessage(encoded), from);
    } catch (error) {
      this.#context.failed(error);
    }
  }

  #do(message: NodeMessage | NodeQuestion, from: string): void {
    const { hub, limits, received } = this.#context;
    switch (message.type) {
      case "emit": {
        const outgoing = Outgoing.ofText(message.event, message.text);
        for (const member of hub.each(message.selection)) member.send(outgoing);
        return;
      }
      case "join":
        for (const member of [...hub.select(message.selection)]) {
          if (limits.refusalOf(message.room, member) === undefined) member.join(message.room);
        }
        return;
      case "leave":
        for (const member of [...hub.select(message.selection)]) member.leave(message.room);
        return;
      case "disconnect":
        for (const member of [...hub.select(message.selection)]) {
          member.close(message.code, message.reason);
        }
        return;
      case "presence":
      case "event":
        return received(message, from);
      default:
        throw new TypeError("Cannot be told a question of another node");
    }
  }

  /** Answers what another node has asked; see {@linkcode BrokerEars}. */
  async asked(encoded: string): Promise<string> {
    try {
      return encodeAnswers(await this.#answer(decodeNodeMessage(encoded)));
    } catch (error) {
      this.#context.failed(error);
      throw error;
    }
  }

  async #answer(question: NodeMessage | NodeQuestion): Promise<RemoteAnswers> {
    const { hub, clock } = this.#context;
    switch (question.type) {
      case "ack": {
        const { event, text, timeout } = question;
        const members = [...hub.select(question.selection)];
        return await gather(ask(members, event, decodeData(text), { timeout }, clock));
      }
      case "members":
        return { answers: this.#membersHere(question.selection, question.limit) };
      case "total":
        return { answers: [hub.count(question.selection)] };
      default:
        throw new TypeError("Cannot answer what another node has told");
    }
  }

  #membersHere(selection: Selection, limit: number): MemberInfo[] {
    const members: MemberInfo[] = [];
    if (limit === 0) return members;
    for (const member of this.#context.hub.each(selection)) {
      if (members.push(this.#describe(member)) >= limit) break;
    }
    return members;
  }

  #describe(member: M): MemberInfo {
    const { hub, link, infoOf } = this.#context;
    const described: { -readonly [Field in keyof MemberInfo]: MemberInfo[Field] } = {
      id: member.id,
      node: link.node,
    };
    const userId = hub.userIdOf(member);
    const info = infoOf(member);
    if (userId !== undefined) described.userId = userId;
    if (info !== undefined) described.info = info;
    return described;
  }
}

/** Waits for answers of clients, and keeps those that have come where some are missing. */
async function gather(asking: Promise<unknown[]>): Promise<RemoteAnswers> {
  try {
    return { answers: await asking };
  } catch (error) {
    if (!(error instanceof AckError)) throw error;
    const { answers, code, message } = error;
    return { answers, failure: { code, message } };
  }
}

/**
 * Gives the answers of several nodes.
 *
 * @throws {AckError} Some are missing.
 */
function answersOf(all: readonly RemoteAnswers[]): readonly unknown[] {
  const { answers, failure } = combine(all);
  if (failure === undefined) return answers;
  throw new AckError(failure.code, failure.message, { answers });
}

/** Joins the answers of several nodes. */
function combine(all: readonly RemoteAnswers[], missing = 0): RemoteAnswers {
  const failure = all.find((each) => each.failure !== undefined)?.failure;
  const message = `Acknowledgement timeout: ${missing} nodes did not answer`;
  return {
    answers: all.flatMap(({ answers }) => answers),
    failure: failure ?? (missing > 0 ? { code: "ACK_TIMEOUT", message } : undefined),
  };
}

/** An answer without data has no place in a list of JSON. */
interface WrappedAnswer {
  readonly data?: unknown;
}

function encodeAnswers({ answers, failure }: RemoteAnswers): string {
  return encodeData({
    answers: answers.map((data): WrappedAnswer => data === undefined ? {} : { data }),
    ...failure && { failure },
  });
}

/** @throws {TypeError | SyntaxError} It cannot be read. */
function decodeAnswers(encoded: string): RemoteAnswers {
  const reply: unknown = decodeData(encoded);
  if (typeof reply !== "object" || reply === null || !("answers" in reply)) throw unreadable();
  if (!Array.isArray(reply.answers)) throw unreadable();
  const answers = reply.answers.map((each: WrappedAnswer | undefined) => each?.data);
  // The cast: only this program's nodes reply, and each is of the same version.
  const failure = "failure" in reply ? reply.failure as RemoteAnswers["failure"] : undefined;
  return { answers, failure };
}

function unreadable(): TypeError {
  return new TypeError("Cannot read the reply of another node");
}
