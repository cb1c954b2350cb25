import type { App, Layout, Variant } from "../../lib/index.ts";
import { backendText, endpointOf } from "../../lib/index.ts";
import { maintenanceText } from "./maintenance.ts";

/** How the site finds the live variant: by the file that a reload reads, or by the presence of `live-green`. */
export type SwitchMode = "reload" | "instant";

/**
 * The nginx virtual host of the spec: the app behind an upstream, static files from the live release.
 *
 * Beyond the spec: WebSockets pass, and no other upgrade, by which a client would speak past nginx; and a page of the old
 * release may ask for its own hashed file after the switch, so what `current` does not have, the app is asked for; and
 * `bgdeploy maintenance` can close it. `hasIpv6`: nginx can listen there.
 */
export function vhostText(app: App, layout: Layout, mode: SwitchMode = "reload", hasIpv6 = true): string {
  // A variable of nginx begins with no digit.
  const name = app.name.replaceAll("-", "_").replace(/^\d/, "_$&");
  const instant = mode === "instant";
  const way = instant ? `$${name}_way` : "@app";
  return `# Made by \`bgdeploy vhost\`. bgdeploy never overwrites it: it is yours to edit.
map $http_upgrade $${name}_upgrade {
    websocket websocket;
    default   "";
}
map $${name}_upgrade $${name}_connection {
    websocket upgrade;
    default   "";
}

${instant ? instantUpstreams(app, layout, name) : reloadUpstream(layout, name)}
server {
${listenText(app, hasIpv6)}
    server_name ${app.domain ?? "_"};
${namesText(app)}    client_max_body_size 20M;

${maintenanceText(layout)}
    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_comp_level 6;
    gzip_types text/plain text/css text/xml application/json application/javascript application/xml+rss application/atom+xml image/svg+xml;

    location /static/ {
        root ${layout.current};
        # \`current\` is a symlink itself. Below it, a symlink is followed only if its target has the same owner. The app gets the rest.
        disable_symlinks if_not_owner from=$document_root;

        sendfile on;
        tcp_nopush on;
        tcp_nodelay on;
        keepalive_timeout 65;

        try_files $uri ${way};
        expires max;
        add_header Cache-Control public;
        add_header X-Content-Type-Options nosniff always;
    }

    location / {
        try_files /dev/null ${way};
    }
${instant ? bodyText : ""}
    location @app {
        add_header "Referrer-Policy" "no-referrer" always;
        add_header "X-Content-Type-Options" "nosniff" always;
${siteHeaders(app)}
${instant ? instantPass(layout, name) : `        proxy_pass http://${name}_backend;`}
        proxy_http_version 1.1;
        proxy_connect_timeout 60s;
        proxy_send_timeout 60s;
        proxy_read_timeout 60s;
        proxy_set_header Upgrade $${name}_upgrade;
        proxy_set_header Connection $${name}_connection;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header Forwarded "";
        proxy_set_header Proxy "";
        proxy_intercept_errors on;
    }
}
`;
}

/** nginx does not start where the kernel has no IPv6 and it is to listen there; an address that is switched off does no harm. */
function listenText({ domain }: App, hasIpv6: boolean): string {
  const addresses = ["80", ...(hasIpv6 ? ["[::]:80"] : [])];
  return addresses.map((each) => `    listen ${each}${domain === undefined ? " default_server" : ""};`).join("\n");
}

/** A name that no site has goes to the first one of the host, or to that one which a certificate tool made: it may be ours. */
function namesText({ domain }: App): string {
  if (domain === undefined) return "";
  const name = domain.toLowerCase();
  const isOther = name.startsWith("*.") ? `!~ "${name.slice(1).replaceAll(".", String.raw`\.`)}$"` : `!= "${name}"`;
  return `    # No other name reaches the app. A name that you add to \`server_name\` must be let through here, too.
    if ($host ${isOther}) {
        return 444;
    }
`;
}

function siteHeaders({ site }: App): string {
  const headers = [
    ["X-Frame-Options", site.frameOptions],
    ["X-XSS-Protection", site.xssProtection],
  ] as const;
  const lines = headers.filter(([, value]) => value !== false);
  return lines.map(([name, value]) => `        add_header "${name}" "${value}" always;\n`).join("");
}

function reloadUpstream(layout: Layout, name: string): string {
  return `upstream ${name}_backend {
    include ${layout.backend};

    keepalive 128;
}
`;
}

/** Which requests have a body, or may have: they come to @app when it is there. */
function wayText(name: string): string {
  return `
map "$request_method $http_content_length$http_transfer_encoding" $${name}_way {
    "~^(GET|HEAD|OPTIONS|DELETE) $" @app;
    default                         @body;
}
`;
}

/**
 * nginx reads the body of a request that it mirrors, and then looks for a file where none is: so @app chooses the slot, and
 * connects to it, when all of the request is there. Behind the drain none is left that has chosen the old one.
 */
const bodyText = `
    # Waits until all of a request has arrived; it chooses where it goes then.
    location @body {
        mirror /bgdeploy-body;
        root /dev/null/none;
        log_not_found off;
        error_page 403 404 405 = @app;
        recursive_error_pages on;
    }
    location = /bgdeploy-body {
        internal;
        return 204;
    }
`;

/**
 * Each upstream names the other slot as backup: what had chosen a slot that is gone goes there. `keepalive_timeout 1s`, so that an old slot soon has no connection.
 */
function instantUpstreams(app: App, layout: Layout, name: string): string {
  const server = (variant: Variant): string => backendText(endpointOf({ app, layout }, variant)).replace(";\n", "");
  const upstream = (variant: Variant, other: Variant): string => `upstream ${name}_${variant} {
    ${server(variant)} max_fails=0;
    ${server(other)} max_fails=0 backup;

    keepalive 128;
    keepalive_timeout 1s;
}
`;
  return `${upstream("blue", "green")}\n${upstream("green", "blue")}${wayText(name)}`;
}

function instantPass(layout: Layout, name: string): string {
  return `        set $backend ${name}_blue;
        if (-f ${layout.liveGreen}) {
            set $backend ${name}_green;
        }
        proxy_pass http://$backend;
        proxy_next_upstream error;`;
}
