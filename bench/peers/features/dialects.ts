/** How the clients of each application talk, on the wire. */

import { Line, type Speak, type Talker, type TalkOptions } from "./talker.ts";

/** The state that all dialects share. */
abstract class Speaker implements Talker {
  readonly heard: string[] = [];
  #line: Line | undefined;

  /** The connection, once it is open. */
  get line(): Line {
    return this.#line!;
  }

  /** Connects. */
  async dial(url: string): Promise<this> {
    this.#line = await Line.open(url, (text, line) => this.take(text, line));
    return this;
  }

  abstract join(room: string): Promise<void>;
  abstract say(room: string, text: string): Promise<void>;
  /** A text has come. */
  abstract take(text: string, line: Line): void;

  [Symbol.dispose](): void {
    this.line[Symbol.dispose]();
  }
}

/** Where a room's stream stands. */
interface Place {
  epoch: string;
  seq: number;
}

class HawserSpeaker extends Speaker {
  readonly places: Map<string, Place> = new Map();

  override async join(room: string): Promise<void> {
    const data = { roomId: room, ...this.places.get(room) };
    await this.line.ask((id) => JSON.stringify({ id: `${id}`, event: "room:join", data }));
  }

  override async say(room: string, text: string): Promise<void> {
    const data = { roomId: room, text };
    await this.line.ask((id) => JSON.stringify({ id: `${id}`, event: "say", data }));
  }

  override take(text: string, line: Line): void {
    const { ack, data, error, type, ...fields } = JSON.parse(text);
    if (error !== undefined) line.refuse(Number(ack), error.message);
    else if (ack !== undefined) line.answer(Number(ack), data);
    else if (type === "welcome") line.answer("welcome");
    else if (type === "room:joined") {
      this.places.set(fields.roomId, { seq: fields.seq, epoch: fields.epoch });
    } else if (type === "said") {
      this.heard.push(fields.text);
      const place = this.places.get(fields.stream);
      if (place !== undefined) place.seq = fields.seq;
    }
  }
}

/** Speaks the JSON wire of Hawser. */
export const speakHawser: Speak = async (port, { resume, token }: TalkOptions = {}) => {
  const query = token === undefined ? "" : `?token=${token}`;
  const speaker = new HawserSpeaker();
  if (resume instanceof HawserSpeaker) {
    for (const [room, place] of resume.places) speaker.places.set(room, place);
  }
  return await speaker.dial(`ws://127.0.0.1:${port}/${query}`);
};

class SocketIoSpeaker extends Speaker {
  /** The ids of the connection and of the last packet. */
  session: { pid: string | undefined; offset: string | undefined } | undefined;

  override async join(room: string): Promise<void> {
    if (this.session?.offset !== undefined) return; // its rooms come back with it
    await this.line.ask((id) => `42${id}${JSON.stringify(["join", room])}`);
  }

  override async say(room: string, text: string): Promise<void> {
    await this.line.ask((id) => `42${id}${JSON.stringify(["say", room, text])}`);
  }

  override take(text: string, line: Line): void {
    if (text === "2") return line.send("3");
    const [, kind = "", body = ""] = /^(\d\d?)(.*)$/s.exec(text) ?? [];
    if (kind === "0") line.answer("hello");
    else if (kind === "40") line.answer("welcome", JSON.parse(body));
    else if (kind === "43") line.answer(Number(/^\d+/.exec(body)?.[0]));
    else if (kind === "42") {
      const [, said, offset] = JSON.parse(body);
      this.heard.push(said);
      if (this.session !== undefined) this.session.offset = offset;
    }
  }
}

/** Speaks Socket.IO over WebSocket. */
export const speakSocketIo: Speak = async (port, { resume }: TalkOptions = {}) => {
  const speaker = new SocketIoSpeaker();
  const session = resume instanceof SocketIoSpeaker ? resume.session : undefined;
  await speaker.dial(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  const welcome = speaker.line.wait("welcome");
  speaker.line.send(session === undefined ? "40" : `40${JSON.stringify(session)}`);
  const { pid } = await welcome as { pid?: string };
  speaker.session = { pid, offset: session?.offset };
  return speaker;
};

class CentrifugoSpeaker extends Speaker {
  readonly places: Map<string, { epoch: string; offset: number }> = new Map();

  override async join(room: string): Promise<void> {
    const place = this.places.get(room);
    const subscribe = { channel: room, ...(place && { recover: true, ...place }) };
    const { epoch, offset = 0, publications = [] } = await this.line.ask((id) =>
      JSON.stringify({ id, subscribe })
    ) as { epoch: string; offset?: number; publications?: { data: { text: string } }[] };
    this.places.set(room, { epoch, offset });
    for (const { data } of publications) this.heard.push(data.text);
  }

  override async say(room: string, text: string): Promise<void> {
    const publish = { channel: room, data: { text } };
    await this.line.ask((id) => JSON.stringify({ id, publish }));
  }

  override take(text: string, line: Line): void {
    for (const each of text.split("\n")) this.#take(each, line);
  }

  #take(text: string, line: Line): void {
    if (text === "{}") return line.send("{}");
    const { id, error, connect, subscribe, push } = JSON.parse(text);
    if (error !== undefined) line.refuse(id, error.message);
    else if (id !== undefined) line.answer(id, connect ?? subscribe);
    else if (push?.pub !== undefined) {
      this.heard.push(push.pub.data.text);
      const place = this.places.get(push.channel);
      if (place !== undefined) place.offset = push.pub.offset ?? place.offset;
    }
  }
}

/** Speaks Centrifugo's JSON over WebSocket. */
export const speakCentrifugo: Speak = async (port, { resume, token }: TalkOptions = {}) => {
  const speaker = new CentrifugoSpeaker();
  if (resume instanceof CentrifugoSpeaker) {
    for (const [room, place] of resume.places) speaker.places.set(room, place);
  }
  await speaker.dial(`ws://127.0.0.1:${port}/connection/websocket`);
  const connect = token === undefined ? {} : { token };
  await speaker.line.ask((id) => JSON.stringify({ id, connect }));
  return speaker;
};

class TopicSpeaker extends Speaker {
  override join(room: string): Promise<void> {
    this.line.send(JSON.stringify({ join: room }));
    return Promise.resolve();
  }

  override say(room: string, text: string): Promise<void> {
    this.line.send(JSON.stringify({ room, text }));
    return Promise.resolve();
  }

  override take(text: string): void {
    this.heard.push(JSON.parse(text).text);
  }
}

/**
 * Speaks what our server for uWebSockets.js has made up: it brings topics, and no words for them.
 */
export const speakTopics: Speak = async (port) =>
  await new TopicSpeaker().dial(`ws://127.0.0.1:${port}/`);
