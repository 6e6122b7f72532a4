/** The messages of the channels, which name their version, kind and sender. */

/** Version of the form; a node drops what has another one. */
const version = "h1";

/** Somebody's message on a channel. */
export type Envelope =
  /** A stored message of a room. */
  | {
    readonly kind: "published";
    readonly id: string;
    readonly epoch: string;
    readonly seq: number;
    readonly event: string;
    readonly data: string;
  }
  /** Something that a node tells. */
  | { readonly kind: "told"; readonly from: string; readonly message: string }
  /** A question; `id` is the asker's. */
  | {
    readonly kind: "asked";
    readonly from: string;
    readonly id: string;
    readonly message: string;
  }
  /** A reply; without a message where there is none. */
  | {
    readonly kind: "replied";
    readonly from: string;
    readonly id: string;
    readonly message: string | undefined;
  }
  /** A node has come, or leaves. */
  | { readonly kind: "come" | "gone"; readonly from: string };

const node = "([0-9a-z]{8})";
const published = /^(\S{1,64}) ([\w.~-]{1,64}) (\d{1,16}) /;
const told = new RegExp(`^${node} `);
const asked = new RegExp(`^${node} (\\d{1,16}) `);
const replied = new RegExp(`^${node} (\\d{1,16}) ([01]) `);
const member = new RegExp(`^${node}$`);

/** Begins the envelope of a stored message; Redis adds epoch, number and body. */
export const publishedHead = `${version} p `;

/** Writes what a node tells. */
export function encodeTold(from: string, message: string): string {
  return `${version} t ${from} ${message}`;
}

/** Writes a question. */
export function encodeAsked(from: string, id: string, message: string): string {
  return `${version} q ${from} ${id} ${message}`;
}

/** Writes a reply, or that there is none. */
export function encodeReplied(from: string, id: string, message: string | undefined): string {
  return `${version} a ${from} ${id} ${message === undefined ? 0 : 1} ${message ?? ""}`;
}

/** Writes that a node has come, or leaves. */
export function encodeNode(kind: "come" | "gone", from: string): string {
  return `${version} ${kind === "come" ? "c" : "g"} ${from}`;
}

/** Writes the body of a stored message: its event and data. */
export function encodeBody(event: string, data: string): string {
  return `${event.length}:${event}${data}`;
}

/** Reads the body of a stored message; `undefined` where it is none. */
export function decodeBody(body: string): { event: string; data: string } | undefined {
  const head = /^(\d{1,9}):/.exec(body);
  if (head === null) return undefined;
  const start = head[0].length;
  const end = start + Number(head[1]);
  return end > body.length ? undefined : { event: body.slice(start, end), data: body.slice(end) };
}

/** Reads an envelope; `undefined` where it is not this program's, or of another version. */
export function decode(text: string): Envelope | undefined {
  if (!text.startsWith(`${version} `) || text[4] !== " ") return undefined;
  const rest = text.slice(5);
  switch (text[3]) {
    case "p":
      return decodePublished(rest);
    case "t": {
      const head = told.exec(rest);
      return head === null
        ? undefined
        : { kind: "told", from: head[1]!, message: rest.slice(head[0].length) };
    }
    case "q": {
      const head = asked.exec(rest);
      if (head === null) return undefined;
      return { kind: "asked", from: head[1]!, id: head[2]!, message: rest.slice(head[0].length) };
    }
    case "a": {
      const head = replied.exec(rest);
      if (head === null) return undefined;
      const message = head[3] === "1" ? rest.slice(head[0].length) : undefined;
      return { kind: "replied", from: head[1]!, id: head[2]!, message };
    }
    case "c":
    case "g":
      return member.test(rest)
        ? { kind: text[3] === "c" ? "come" : "gone", from: rest }
        : undefined;
  }
  return undefined;
}

function decodePublished(rest: string): Envelope | undefined {
  const head = published.exec(rest);
  const body = head === null ? undefined : decodeBody(rest.slice(head[0].length));
  if (head === null || body === undefined) return undefined;
  const seq = Number(head[3]);
  if (!Number.isSafeInteger(seq) || seq < 1) return undefined;
  return { kind: "published", id: head[1]!, epoch: head[2]!, seq, ...body };
}
