/** The answer to a plain request where only a WebSocket is spoken. */

import { prepareLater } from "../../prepared_response.ts";

const sayUpgrade = sayMissing("");
const sayProxy = sayMissing("; a proxy must pass on Upgrade and Connection");

function sayMissing(hint: string): () => Response {
  return prepareLater(`A WebSocket is spoken here: Upgrade: websocket is missing${hint}\n`, {
    status: 426,
    headers: { upgrade: "websocket", connection: "upgrade" },
  });
}

/**
 * Says by a 426 what a request lacks to be an upgrade. RFC 9110 §15.5.22. A client that has sent a
 * key meant to upgrade: then a proxy on its way has not passed on the fields that are for one
 * connection only.
 *
 * @param headers Header fields of the request.
 */
export function upgradeRequired(headers?: Headers): Response {
  return headers?.has("sec-websocket-key") ? sayProxy() : sayUpgrade();
}

/**
 * Puts a 426 in the place of a 404 that answers a GET: the handler knows of no page there, and the
 * client has to be told what is.
 *
 * @param request The request, for a path at which a WebSocket is spoken.
 * @param answer The answer of the handler.
 */
export async function explainUpgrade(
  request: Request,
  answer: Response | Promise<Response>,
): Promise<Response> {
  const response = await answer;
  const isExplained = request.method === "GET" && response instanceof Response &&
    response.status === 404;
  if (!isExplained) return response;
  await response.body?.cancel();
  return upgradeRequired(request.headers);
}
