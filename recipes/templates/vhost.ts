import type { App, Layout } from "../../lib/index.ts";

/**
 * The nginx virtual host of the spec: the app behind an upstream whose servers stand in `backend.conf`, static files
 * from the live release.
 *
 * A page of the old release may ask for its own hashed file after the switch: what `current` does not have, the app is asked for.
 */
export function vhostText(app: App, layout: Layout): string {
  const upstream = `${app.name.replaceAll("-", "_")}_backend`;
  const name = app.domain ?? "_";
  return `# Made by \`bgdeploy vhost\`. bgdeploy never overwrites it: it is yours to edit.
upstream ${upstream} {
    include ${layout.backend};

    keepalive 128;
}

server {
    listen 80${app.domain === undefined ? " default_server" : ""};
    server_name ${name};

    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_comp_level 6;
    gzip_types text/plain text/css text/xml application/json application/javascript application/xml+rss application/atom+xml image/svg+xml;

    location /static/ {
        root ${layout.current};

        sendfile on;
        tcp_nopush on;
        tcp_nodelay on;
        keepalive_timeout 65;

        try_files $uri @app;
        expires max;
        add_header Cache-Control public;
    }

    location / {
        try_files /dev/null @app;
    }

    location @app {
        client_max_body_size 20M;

        add_header "Referrer-Policy" "no-referrer" always;
        add_header "X-Content-Type-Options" "nosniff" always;
        add_header "X-Frame-Options" "DENY" always;
        add_header "X-XSS-Protection" "1; mode=block" always;

        proxy_pass http://${upstream};
        proxy_http_version 1.1;
        proxy_connect_timeout 60s;
        proxy_send_timeout 60s;
        proxy_read_timeout 60s;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_intercept_errors on;
    }
}
`;
}
