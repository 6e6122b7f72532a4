/** A request as the trusted proxies on its way report it: whose it is, and for which URL. */

import { HandshakeError } from "../../../protocol/errors.ts";
import type { RequestHead } from "../../../protocol/http1.ts";
import type { Report } from "../listen/forwarded.ts";
import type { Socket } from "../listen/socket.ts";
import { checkHost, hasOtherScheme } from "../origin.ts";
import type { HttpContext } from "./http_context.ts";
import { requestUrl } from "./request.ts";

/** Finds out what is asked for, and no more of it. */
export class ReportedRequest {
  readonly head: RequestHead;
  readonly #socket: Socket;
  readonly #context: HttpContext;
  #report: Report | undefined;
  #url: string | undefined;

  constructor(head: RequestHead, socket: Socket, context: HttpContext) {
    this.head = head;
    this.#socket = socket;
    this.#context = context;
  }

  /** Address of the peer, or the one that a trusted proxy reports. */
  get remoteAddress(): string {
    return this.#reported().address;
  }

  /** The URL that the request is for. */
  get url(): string {
    if (this.#url === undefined) {
      const { scheme = this.#context.secure ? "https" : "http" } = this.#reported();
      this.#url = requestUrl(this.head, scheme, this.#host() ?? "localhost");
    }
    return this.#url;
  }

  /**
   * Checks that a request is for this server, at any path. A proxy may have ended TLS.
   *
   * @throws {HandshakeError} 421.
   */
  checkTarget(): void {
    const { options, secure, trust } = this.#context;
    if (options.allowedHosts !== undefined) checkHost(this.#host() ?? "", options);
    if (!hasOtherScheme(this.head.target, secure)) return;
    const { remoteAddress, hops } = this.#socket;
    if (hops !== undefined || trust.isProxy(remoteAddress)) return;
    throw new HandshakeError(421, "Scheme is not served here");
  }

  #reported(): Report {
    const { remoteAddress, hops } = this.#socket;
    return this.#report ??= this.#context.trust.report(remoteAddress, this.head.fields, hops);
  }

  #host(): string | undefined {
    const { target, fields } = this.head;
    // A target in absolute-form names the host itself.
    const isPath = target.startsWith("/") || target.startsWith("*");
    return (isPath ? this.#reported().host : undefined) ?? fields.get("host");
  }
}
