/** Clients, as far as targets select and move them. */

import type { AckMember } from "./acks.ts";
import type { Member } from "./hub.ts";

/**
 * A member that can be moved between rooms and disconnected.
 */
export interface TargetMember extends Member, AckMember {
  /** Lets it into a room. */
  join(room: string): unknown;
  /** Takes it out of a room. */
  leave(room: string): void;
  /** Starts its closing handshake. */
  close(code?: number, reason?: string): void;
}

/** A client as other nodes know it too. */
export interface MemberInfo {
  /** The client's id. */
  readonly id: string;
  /** Name of the node that it is connected to. */
  readonly node: string;
  /** The id of its user, where it has one. */
  readonly userId?: string;
  /** The result of the application's option `memberInfo`. */
  readonly info?: unknown;
}
