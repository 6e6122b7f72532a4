/** The streams of rooms in Redis. */

import type { HistoryMessage, HistoryPage } from "../app/streams/history.ts";
import type { JoinFrom, Position } from "../app/streams/position.ts";
import type { Connections, Reply, ScriptCall } from "./connections.ts";
import { decodeBody, encodeBody, publishedHead } from "./envelope.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import { check, type Names, publish, read } from "./scripts.ts";

/** Messages that are kept of each room at least, so that one that may be stored can be found. */
const leastKept = 100;

/** The same for their age, in milliseconds. */
const leastAge = 60_000;

/** Rooms that are looked at in one call. */
const checkedAtOnce = 100;

/** A position, as this node has received it. */
export interface KnownPosition extends Position {
  /** Id of the message that stands there. */
  readonly id: string;
}

/** Where a followed room stands, as this node knows. */
export interface KnownRoom {
  readonly scope: string;
  readonly room: string;
  /** `undefined` where nothing is known. */
  readonly position: KnownPosition | undefined;
}

/** The parts that streams use. */
export interface StreamsContext {
  readonly node: string;
  readonly names: Names;
  readonly options: ResolvedOptions;
  readonly connections: Connections;
  readonly outbox: Outbox;
}

/** Publishes, reads, and looks where streams stand. */
export class RedisStreams {
  readonly #context: StreamsContext;
  #lastId = 0;

  constructor(context: StreamsContext) {
    this.#context = context;
  }

  /** Publishes by the outbox; see {@linkcode BrokerLink.publish}. */
  publish(scope: string, room: string, event: string, data: string): Promise<Position> {
    const { node, names, options, connections, outbox } = this.#context;
    const body = encodeBody(event, data);
    const number = ++this.#lastId;
    const id = `${node}-${number.toString(36)}`;
    const age = options.maxAge === Infinity ? 0 : Math.max(leastAge, options.maxAge);
    const call = (isDoubtful: boolean): ScriptCall => ({
      script: publish,
      keys: [...names.room(scope, room), names.last(scope, room, node)],
      args: [
        newEpoch(),
        body,
        id,
        Math.max(leastKept, options.size),
        age,
        options.roomTimeout,
        names.channel(scope, `room:${room}`),
        publishedHead,
        isDoubtful ? 1 : 0,
        number,
      ],
    });
    return outbox.add({
      size: body.length + room.length,
      send: (isDoubtful) => connections.send(call(isDoubtful)).then(toPosition),
    });
  }

  /** Reads what follows a position; see {@linkcode BrokerLink.read}. */
  async read(scope: string, room: string, since: JoinFrom, limit: number): Promise<HistoryPage> {
    const { names, options, connections } = this.#context;
    const { size, maxAge, roomTimeout } = options;
    const last = "last" in since ? Math.max(0, Math.min(since.last, size)) : -1;
    const known = "last" in since || !isPosition(since) ? { seq: 0, epoch: "" } : since;
    const reply = await connections.ask({
      script: read,
      keys: names.room(scope, room),
      args: [
        newEpoch(),
        roomTimeout,
        size,
        maxAge === Infinity ? 0 : maxAge,
        Math.min(limit, size),
        last,
        known.seq,
        known.epoch,
      ],
    });
    const [epoch, seq, isComplete, ...rest] = reply as string[];
    const position = toPosition([epoch!, seq!]);
    const messages = Number(isComplete) === 1 ? toMessages(rest) : undefined;
    return { position, messages };
  }

  /** Tells where a room stands; see {@linkcode BrokerLink.current}. */
  async current(scope: string, room: string): Promise<Position> {
    const [position] = await this.check([{ scope, room, position: undefined }]);
    if (position === undefined) throw new Error("Redis holds something else in the room's place");
    return position;
  }

  /**
   * Tells where rooms stand, and keeps them from being forgotten.
   *
   * @returns Of each, where it stands; `undefined` where Redis holds something else in its place.
   */
  async check(rooms: readonly KnownRoom[]): Promise<(Position | undefined)[]> {
    const { names, options, connections } = this.#context;
    const result: (Position | undefined)[] = [];
    for (let start = 0; start < rooms.length; start += checkedAtOnce) {
      const some = rooms.slice(start, start + checkedAtOnce);
      const reply = await connections.ask({
        script: check,
        keys: some.flatMap(({ scope, room }) => names.room(scope, room)),
        args: [
          options.roomTimeout,
          ...some.flatMap(({ position }) => [
            newEpoch(),
            position?.epoch ?? "",
            position?.seq ?? 0,
            position?.id ?? "",
          ]),
        ],
      }) as string[];
      some.forEach((_, i) => {
        const [epoch, seq] = [reply[2 * i]!, reply[2 * i + 1]!];
        result.push(epoch === "" ? undefined : toPosition([epoch, seq]));
      });
    }
    return result;
  }
}

/** Makes an epoch that a room has never had. */
function newEpoch(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 20);
}

function isPosition({ seq, epoch }: Position): boolean {
  return Number.isSafeInteger(seq) && seq >= 0 && typeof epoch === "string";
}

function toPosition(reply: Reply): Position {
  const [epoch, seq] = reply as readonly string[];
  return { seq: Number(seq), epoch: String(epoch) };
}

/** Reads messages up to the first that is none. */
function toMessages(fields: readonly string[]): HistoryMessage[] | undefined {
  const messages: HistoryMessage[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const body = decodeBody(fields[i + 1]!);
    if (body === undefined) return messages.length === 0 ? undefined : messages;
    messages.push({ seq: Number(fields[i]), ...body });
  }
  return messages;
}
