/** Notices for the operator where an origin or a host is refused, on any transport. */

import type { SubjectNotice } from "./types.ts";

/** A request that was refused. */
export interface RefusedRequest {
  /** Address of the peer. */
  readonly address: string;
  /** Path of the request. */
  readonly path: string;
  /** The page's origin, or the value of Host. */
  readonly name: string;
}

/** Characters of an origin or a host name that are said. @limit characters: cut off */
const maxNameLength = 256;

/** Says which origin to allow. */
export function originNotice({ name, address, path }: RefusedRequest): SubjectNotice {
  const origin = name.slice(0, maxNameLength);
  const message = `Origin ${JSON.stringify(origin)} may not connect: add it to allowedOrigins`;
  return { code: "ORIGIN_REFUSED", subject: origin, message, address, origin, path };
}

/** Says which host to allow. */
export function hostNotice({ name, address, path }: RefusedRequest): SubjectNotice {
  const host = name.slice(0, maxNameLength);
  const message = `Host ${JSON.stringify(host)} is not served: add it to allowedHosts`;
  return { code: "HOST_REFUSED", subject: host, message, address, path };
}
