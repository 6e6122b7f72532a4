/** Decides whether a namespace admits a client. */

import type { Admission, Handshake } from "../types.ts";
import type { Grant } from "./auth/auth.ts";
import type { AuthGate } from "./auth/gate.ts";
import { EventError } from "./events/errors.ts";
import type { ConnectLimit } from "./limits/connect_limit.ts";
import type { PeerInfo } from "./peer.ts";

/**
 * A client that has signed in and is not admitted yet.
 *
 * @typeParam User What `client.user` is.
 */
export interface Visitor<User> extends PeerInfo {
  /** The user. */
  readonly user: User;
}

/**
 * Decides whether a client that has signed in may come in: an {@linkcode EventError} that it throws,
 * or its promise rejects with, is what the client is told. Any other error is answered as an internal
 * one, and goes to `onError`.
 *
 * @typeParam User What `client.user` is.
 */
export type Guard<User> = (visitor: Visitor<User>) => Promise<void> | void;

/** Limits that several namespaces may share, so that nobody gets them anew in each. */
export interface AdmissionLimits<User> {
  /** Verifies tokens; absent where everybody is let in. */
  readonly gate: AuthGate<User> | undefined;
  /** Counts connects; absent without `connectRate`. */
  readonly connects: ConnectLimit | undefined;
}

/** Admits the clients of one namespace. */
export class AdmissionControl<User> {
  readonly #identify: (peer: PeerInfo) => User;
  /** Replaced as a whole, so that guards may be added while one runs. */
  #guards: readonly Guard<User>[] = [];
  /** Shared with other namespaces, maybe. */
  readonly limits: AdmissionLimits<User>;

  /** @param identify Tells who a client is where no token does. */
  constructor(limits: AdmissionLimits<User>, identify: (peer: PeerInfo) => User) {
    this.limits = limits;
    this.#identify = identify;
  }

  /** Adds a guard. */
  guard(guard: Guard<User>): void {
    this.#guards = [...this.#guards, guard];
  }

  /** Counts a connect; see {@linkcode PeerAcceptor}. */
  connecting(remoteAddress: string): EventError | undefined {
    return this.limits.connects?.check(remoteAddress);
  }

  /**
   * Lets a client sign in by what it presents at first, and asks the guards once it is known who it
   * is. A client that may sign in by a message is admitted without.
   *
   * @throws {unknown} A token could not be verified, or a guard has failed.
   */
  async admit(handshake: Handshake): Promise<Admission | EventError> {
    const { grant: known } = handshake;
    const admission = known === undefined
      ? await this.limits.gate?.admit(handshake) ?? {}
      : { grant: known };
    if (admission instanceof EventError || this.#guards.length === 0) return admission;
    // The cast: what this namespace's gate has granted.
    const grant = admission.grant as Grant<User> | undefined;
    if (grant === undefined && this.limits.gate !== undefined) return admission;
    const user = grant === undefined ? this.#identify(handshake) : grant.user;
    const refusal = await this.check(handshake, user);
    return refusal ?? { ...admission, grant: grant ?? { user } };
  }

  /** Whether somebody is to be asked about clients that have signed in. */
  get isGuarded(): boolean {
    return this.#guards.length > 0;
  }

  /**
   * Asks the guards about a client that has signed in.
   *
   * @returns The error that refuses it.
   * @throws {unknown} A guard has failed.
   */
  async check(peer: PeerInfo, user: User): Promise<EventError | undefined> {
    const { request, remoteAddress, data, auth } = peer;
    try {
      for (const guard of this.#guards) await guard({ request, remoteAddress, data, auth, user });
    } catch (error) {
      if (error instanceof EventError) return error;
      throw error;
    }
    return undefined;
  }
}
