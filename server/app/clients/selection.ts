/** A selection of clients, as plain data. */

/**
 * Selects the members of any of the rooms, the connections of any of the users, and the clients that
 * are named; all clients where nothing is named. Exceptions are left out.
 */
export interface Selection {
  /** Names of rooms, or ids of clients; a member of several is meant once. */
  readonly rooms: readonly string[];
  /** Ids of users. */
  readonly users: readonly string[];
  /** Ids of clients. */
  readonly clients: readonly string[];
  /** Names of rooms, or ids of clients. */
  readonly except: readonly string[];
  /** Leaves out clients that read too slowly. */
  readonly volatile: boolean;
  /** Leaves out clients of other nodes. */
  readonly local: boolean;
}

/** All clients of all nodes. */
export const allClients: Selection = {
  rooms: [],
  users: [],
  clients: [],
  except: [],
  volatile: false,
  local: false,
};
