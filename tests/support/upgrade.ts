/** Upgrade requests by hand, to see the response to them. */

import { headText, upgradeFields } from "./heads.ts";
import { HttpClient, type RawResponse } from "./http_client.ts";

/**
 * Sends an upgrade request to a server on this machine, and reads the response.
 *
 * @param port Port of the server.
 * @param target Target of the request.
 * @param fields Header fields besides those that an upgrade must have.
 */
export async function requestUpgrade(
  port: number,
  target = "/",
  fields: readonly (readonly [name: string, value: string])[] = [],
): Promise<RawResponse> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = headText(`GET ${target} HTTP/1.1`, [...upgradeFields, ...fields]);
  return await new HttpClient(connection).request(head);
}
