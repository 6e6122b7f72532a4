/** Who is meant, as plain data. */

/**
 * Members of any of the rooms or of any of the users; all where none is named. Whoever is named by
 * an exception is not meant.
 */
export interface Selection {
  /** Names of rooms, or ids of clients; a member of several is meant once. */
  readonly rooms: readonly string[];
  /** Ids of users. */
  readonly users: readonly string[];
  /** Names of rooms, or ids of clients. */
  readonly except: readonly string[];
  /** Clients that read too slowly are not meant. */
  readonly volatile: boolean;
  /** Clients of other nodes are not meant. */
  readonly local: boolean;
}

/** All clients of all nodes. */
export const everybody: Selection = {
  rooms: [],
  users: [],
  except: [],
  volatile: false,
  local: false,
};
