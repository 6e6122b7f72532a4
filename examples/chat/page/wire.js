// @ts-check
/** The JSON messages of the chat: what the server sends, and how ours are written. */

/**
 * @typedef {object} Person
 * @property {string} userId
 * @property {string} [name]
 *
 * @typedef {{ type: "welcome", id: string, userId?: string, name?: string }} Welcome
 * @typedef {{ type: "room:joined", roomId: string, seq?: number, epoch?: string,
 *   recovered?: boolean, members?: Person[] }} RoomJoined
 * @typedef {Person & { type: "user:joined" | "user:left" | "user:typing", roomId?: string }} UserEvent
 * @typedef {Person & { type: "chat:message" | "message:new", id: number | string, content: string, ts: number,
 *   roomId?: string, seq?: number }} ChatMessage
 * @typedef {{ code: string, message: string }} Problem
 * @typedef {{ type: "error" } & Problem} ServerError
 * @typedef {{ type: "ack", ack: string, data?: unknown, error?: Problem }} Ack
 * @typedef {{ type: "auth_ok" }} AuthOk
 * @typedef {{ type: "presence:update", userId: string, status: "online" | "offline" }} PresenceUpdate
 * @typedef {{ type: "message:private", from: string, fromUser: string, content: string,
 *   ts: number }} PrivateMessage
 * @typedef {Welcome | AuthOk | RoomJoined | UserEvent | PresenceUpdate | ChatMessage
 *   | PrivateMessage | ServerError | Ack} ServerMessage
 *
 * @typedef {object} Position A place in the history of a room.
 * @property {number} seq
 * @property {string} epoch
 */

/** Below this, a time can only be meant in seconds: as milliseconds it would lie before 2001-09-09. */
const SMALLEST_MILLISECONDS = 1e12;

/** What a join is acknowledged by. A message is acknowledged by the number of its letter. */
export const JOIN = "join";

/**
 * @param {string} text
 * @returns {ServerMessage | undefined} Undefined for what is no message; unknown types pass.
 */
export function decode(text) {
  try {
    const value = JSON.parse(text);
    if (typeof value?.ack === "string") return { ...value, type: "ack" };
    return typeof value?.type === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} roomId
 * @param {Position} [position] Where the last visit ended: what was missed since then comes first.
 */
export function encodeJoin(roomId, position) {
  return JSON.stringify({ id: JOIN, event: "room:join", data: { roomId, ...position } });
}

/** @param {string} roomId */
export function encodeLeave(roomId) {
  return JSON.stringify({ type: "room:leave", roomId });
}

/** @param {string} roomId */
export function encodeTyping(roomId) {
  return JSON.stringify({ type: "typing:start", roomId });
}

/** @param {string} token */
export function encodeAuth(token) {
  return JSON.stringify({ type: "auth", token });
}

/**
 * @param {string} roomId
 * @param {import("./outbox.js").Letter} letter
 */
export function encodeMessage(roomId, { key, content, recipient }) {
  if (recipient) {
    const data = { to: recipient.userId, content };
    return JSON.stringify({ id: String(key), event: "message:private", data });
  }
  return JSON.stringify({ id: String(key), event: "chat:message", data: { roomId, content } });
}

/**
 * @param {number} ts
 * @returns {Date}
 */
export function toDate(ts) {
  return new Date(ts < SMALLEST_MILLISECONDS ? ts * 1000 : ts);
}

/**
 * @param {string} name
 * @returns {URL} Where the server listens: the same host as the page.
 */
export function socketUrl(name) {
  const url = new URL("/ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("name", name);
  return url;
}

/**
 * @param {string} name
 * @returns {URL} Where the server sends events to those who cannot use WebSocket.
 */
export function streamUrl(name) {
  const url = new URL("/sse", location.href);
  url.searchParams.set("name", name);
  return url;
}
