/** Between the messages of the JSON wire and what the application speaks of. */

import { encodeData } from "../../../wire/data.ts";
import type { ClientMessage } from "../../../wire/client_message.ts";
import {
  type AnswerMessage,
  encodeAnswer,
  encodeEvent,
  encodeRefusal,
  type MalformedMessage,
} from "../../../wire/event_message.ts";
import { encodeError as encodeWireError, errorFields } from "../../../wire/server_message.ts";
import type { RequestedRoom } from "../../../wire/room_message.ts";
import { EventError } from "../../app/events/errors.ts";
import type { Outgoing } from "../../app/events/outgoing.ts";
import type { AckId, Answer, RoomRequest, Session } from "../../app/peer.ts";

/**
 * Characters of the code and of the message of an error with which a client answers.
 *
 * @limit characters: cut off
 */
const maxErrorLength = 200;

/** Characters of an event's name in the error about it. @limit characters: cut off */
const maxEventLength = 64;

/**
 * The start of the ids of our own requests. The last group counts: the ids look like UUIDs, and
 * one encoding serves many clients.
 */
const requestPrefix = crypto.randomUUID().slice(0, -12);

// ----- Reading -----

/**
 * Reports a message to the session that it is for.
 *
 * @param session The session of the sender.
 * @param message The message; a `ping` is the wire's own to answer.
 * @param ackId Names the acknowledgement, where that is not the client's own id.
 * @returns A promise where what follows must wait.
 */
export function report(
  session: Session,
  message: Exclude<ClientMessage, { readonly kind: "ping" }>,
  ackId?: AckId,
): Promise<void> | void {
  switch (message.kind) {
    case "event": {
      const { event, data, id } = message;
      return session.event({ event, data, ackId: ackId ?? id });
    }
    case "join":
      return session.join({ rooms: message.rooms.map(toRequest), ackId: ackId ?? message.id });
    case "leave":
      return session.leave({ rooms: message.rooms, ackId: ackId ?? message.id });
    case "auth":
      return session.auth(message.token);
    case "answer":
      return session.answered(parseRequestId(message.id), readAnswer(message));
    case "malformed":
      return session.malformed(errorOf(message), message.event);
    case "pong":
      return;
  }
}

function toRequest({ roomId: room, since, last }: RequestedRoom): RoomRequest {
  return { room, from: since ?? (last === undefined ? undefined : { last }) };
}

const errors = new WeakMap<MalformedMessage, EventError>();

/** Made once for each kind: to make an error costs as much as to read several messages. */
function errorOf(message: MalformedMessage): EventError {
  const known = errors.get(message);
  if (known !== undefined) return known;
  const error = new EventError(message.code, message.message);
  errors.set(message, error);
  return error;
}

/** Returns NaN, which nobody waits for, where the id is not one of ours. */
export function parseRequestId(id: string): number {
  const count = id.startsWith(requestPrefix) ? id.slice(requestPrefix.length) : "";
  return /^[0-9a-f]{12}$/.test(count) ? parseInt(count, 16) : NaN;
}

/** Reads what a client has answered; the details of an error are left out. */
export function readAnswer({ answer }: AnswerMessage): Answer {
  if (!("error" in answer)) return answer;
  const { code, message } = answer.error;
  // The cast: the code is the client's, in any case.
  const clientCode = code.slice(0, maxErrorLength) as Uppercase<string>;
  return { error: new EventError(clientCode, message.slice(0, maxErrorLength)) };
}

// ----- Writing -----

/** Gives the id by which clients acknowledge an event of ours. */
export function requestId(ackId: number): string {
  return requestPrefix + ackId.toString(16).padStart(12, "0");
}

/**
 * Writes an event as an application has made it.
 *
 * @param outgoing The event.
 * @returns JSON text.
 */
export function encodeOutgoing({ event, text, ackId, place }: Outgoing): string {
  return encodeEvent(event, text, {
    id: ackId === undefined ? undefined : requestId(ackId),
    place: place && { stream: place.room, seq: place.seq },
  });
}

/**
 * Writes an error that answers no acknowledgement.
 *
 * @param error Its code, message and details are sent.
 * @param event The event that it is about; a long name is cut off.
 * @returns JSON text.
 */
export function encodeError(error: EventError, event?: string): string {
  return encodeWireError(
    error,
    event === undefined ? {} : {
      event: event.slice(0, maxEventLength),
    },
  );
}

/**
 * Writes an acknowledgement.
 *
 * @param ackId The client's id, a text.
 * @param answer Its data or an error.
 * @returns JSON text.
 * @throws {TypeError} JSON cannot carry the data.
 */
export function encodeReply(ackId: AckId, answer: Answer): string {
  return "error" in answer
    ? encodeRefusal(String(ackId), encodeData(errorFields(answer.error)))
    : encodeAnswer(String(ackId), encodeData(answer.data));
}
