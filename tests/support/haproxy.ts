/** HAProxy in front of a server. */

import net from "node:net";
import { text } from "node:stream/consumers";
import { type Proxy, startProxy } from "./proxy_program.ts";

const times = `
  timeout connect 5s
  timeout client 30s
  timeout server 30s
`;

/** An HAProxy that passes TCP on. */
export interface TcpHaproxy extends Proxy {
  /** Asks for `/` from one of the addresses of loopback, and returns the response as text. */
  fetchFrom(address: string): Promise<string>;
}

/**
 * Starts an HAProxy that passes TCP on, with the PROXY protocol.
 *
 * @param to Port of the server behind it.
 * @param version The option of its line `server`.
 */
export async function startTcpHaproxy(
  to: number,
  version: "send-proxy" | "send-proxy-v2",
): Promise<TcpHaproxy> {
  const proxy = await start(({ port }) => `
defaults
  mode tcp${times}
frontend clients
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  server hawser 127.0.0.1:${to} ${version}
`);
  return {
    ...proxy,
    async fetchFrom(address) {
      const { port } = proxy;
      const socket = net.connect({ host: "127.0.0.1", port, localAddress: address });
      socket.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      return await text(socket);
    },
  };
}

const xForwarded = `
  option forwardfor
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]`;

// The equivalent of `option forwarded` of later versions.
const forwarded = String.raw`
  http-request add-header Forwarded proto=%[ssl_fc,iif(https,http)];host=\"%[req.hdr(host)]\";for=%[src]`;

/**
 * Starts an HAProxy that ends TLS.
 *
 * @param to Port of the server behind it.
 * @param fields How it tells of its clients.
 */
export function startHttpHaproxy(
  to: number,
  fields: "x-forwarded" | "forwarded",
): Promise<Proxy> {
  return start(({ port, folder }) => `
defaults
  mode http${times}
frontend clients
  bind 127.0.0.1:${port} ssl crt ${folder}/certificate.pem${
    fields === "forwarded" ? forwarded : xForwarded
  }
  default_backend servers
backend servers
  http-reuse always
  server hawser 127.0.0.1:${to}
`);
}

function start(configure: (proxy: Pick<Proxy, "port" | "folder">) => string): Promise<Proxy> {
  return startProxy({ program: "haproxy", configure, args: (file) => ["-db", "-f", file] });
}
