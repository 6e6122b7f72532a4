/** All that an application answers to plain HTTP requests. */

import type { PeerAcceptor } from "../app/peer.ts";
import type { Application } from "../types.ts";
import { Fallback, type FallbackContext } from "./fallback/fallback.ts";
import { answerPublish } from "./publish/publish.ts";

/**
 * Serves the fallback transports of an application, and publishing, where they are on.
 *
 * @param app The application.
 * @param settings Limits of the clients' queues, and which pages may use the server.
 * @returns The part of `serve`'s application that concerns plain HTTP.
 */
export function httpApplication(
  app: PeerAcceptor,
  settings: Omit<FallbackContext, "app" | "clock">,
): Pick<Application, "fetch" | "shutdown" | "httpClients"> {
  const { http } = app;
  if (http === undefined) return {};
  const { clock, publishing } = http;
  const fallback = http.fallback && new Fallback(http.fallback, { app, clock, ...settings });
  if (publishing === undefined && fallback === undefined) return {};
  return {
    fetch(request, info): Promise<Response> | undefined {
      return publishing?.path === new URL(request.url).pathname
        ? answerPublish(publishing, request, info)
        : fallback?.fetch(request, info);
    },
    shutdown: (end) => fallback?.shutdown(end),
    httpClients: () => fallback?.count() ?? { sse: 0, poll: 0 },
  };
}
