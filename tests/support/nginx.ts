/** nginx in front of a server, as README says, with TLS. */

import { type Proxy, startProxy } from "./proxy_program.ts";

/**
 * Starts an nginx that ends TLS and keeps its connections to the server.
 *
 * @param to The server behind it, as nginx writes it: `127.0.0.1:8080`, or `unix:` and a path.
 */
export function startNginx(to: string): Promise<Proxy> {
  return startProxy({
    program: "nginx",
    args: (file) => ["-c", file],
    configure: ({ port, folder }) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/errors;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/bodies;
  proxy_temp_path ${folder}/responses;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade {
    default upgrade;
    "" "";
  }
  upstream hawser {
    server ${to};
    keepalive 8;
  }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/certificate.pem;
    ssl_certificate_key ${folder}/certificate.pem;
    location / {
      proxy_pass http://hawser;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }
  }
}
`,
  });
}
