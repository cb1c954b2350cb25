import type { Lab } from "../test/lab/lab.ts";

export const toolNames = ["floor", "bgdeploy", "capistrano", "ansible", "shipit"] as const;
export type ToolName = (typeof toolNames)[number];

/** What one tool deploys: an app of its own beside those of the others, on the same hosts and behind the same nginx. */
export type Site = {
  readonly app: string;
  readonly domain: string;
  readonly destination: string;
  readonly ports: { readonly blue: number; readonly green: number };
};

export function siteOf(tool: ToolName): Site {
  const first = 8100 + 10 * toolNames.indexOf(tool);
  const app = `bench-${tool}`;
  return { app, domain: `${tool}.bench`, destination: `/opt/${app}`, ports: { blue: first + 1, green: first + 2 } };
}

/**
 * The unit that all tools install, but bgdeploy, which makes its own of the same kind. What shuts the app in costs each
 * start on these hosts a tenth of a redeploy: all have it, so that the tools are timed, and not systemd.
 */
export function unitText({ app, destination }: Site): string {
  return `[Unit]
Description=${app} (%i)
After=network.target
StartLimitIntervalSec=0

[Service]
Type=simple
User=link-shortener
Group=www-data
WorkingDirectory=${destination}/versions/current-%i
EnvironmentFile=${destination}/environment-%i
ExecStart=${destination}/versions/current-%i/bin/app
Restart=always
RestartSec=1
TimeoutStopSec=30
ReadOnlyPaths=-${destination}/versions
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
LimitCORE=0
UMask=0027

[Install]
WantedBy=multi-user.target
`;
}

/** Prepares the hosts for a tool as its own set-up would: directories, a site, sudo. bgdeploy has `setup` for that. */
export async function prepareHosts(lab: Lab, hosts: readonly string[], site: Site): Promise<void> {
  const { app, destination, ports, domain } = site;
  const script = `set -eu
id link-shortener >/dev/null
install -d -o deploy -g www-data ${destination} ${destination}/versions
printf 'server 127.0.0.1:%s;\\n' ${ports.blue} >${destination}/backend.conf
chown deploy:www-data ${destination}/backend.conf
printf 'deploy ALL=(ALL) NOPASSWD: ALL\\n' >/etc/sudoers.d/bench && chmod 440 /etc/sudoers.d/bench
cat >/etc/nginx/sites-enabled/${app} <<'SITE'
upstream ${app} {
    include ${destination}/backend.conf;
    keepalive 128;
}
server {
    listen 80;
    server_name ${domain};
    location / { proxy_pass http://${app}; }
}
SITE
systemctl reload nginx`;
  await onEach(lab, hosts, script);
}

/** Takes every release of a tool off its hosts, so that the next deploy is the first. */
export function clearHosts(lab: Lab, hosts: readonly string[], { app, destination }: Site): Promise<void> {
  const script = `systemctl disable -q --now ${app}@blue ${app}@green 2>/dev/null
cd ${destination} || exit 1
rm -rf versions/* versions/.[!.]* releases repo current revisions.log environment-* variant live-green .bgdeploy/journal.ndjson .bgdeploy/releases/*
sync; echo cleared`;
  return onEach(lab, hosts, script);
}

async function onEach(lab: Lab, hosts: readonly string[], script: string): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      const { code, stdout, stderr } = await lab.exec(host, script);
      if (code !== 0) throw new Error(`${host} could not be prepared: ${stderr}${stdout}`);
    }),
  );
}
