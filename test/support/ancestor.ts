import { quote } from "../../lib/model/shell.ts";
import type { Lab } from "../lab/lab.ts";
import { program } from "./bgdeploy.ts";
import { said } from "./hosts.ts";

/** One deploy as `raco koyo deploy` does it. */
export type AncestorDeploy = {
  readonly lab: Lab;
  /** As ssh knows it. */
  readonly host: string;
  readonly dist: string;
  readonly version: string;
  /** `--user`, `--exec-user`: of the app where they are not given. */
  readonly user?: string;
  readonly execUser?: string;
  readonly env?: Readonly<Record<string, string>>;
};

const app = "link-shortener";
const home = `/opt/${app}`;
const ports: Readonly<Record<string, number>> = { blue: 8001, green: 8002 };

/**
 * Deploys as the ancestor does: its layout and its steps over ssh, one after the other, as its documentation and its
 * behaviour have them. Gives the release's id, which starts with the client's local time: here two hours ahead of UTC.
 */
export async function ancestorDeploy(options: AncestorDeploy): Promise<string> {
  const { lab, host, dist, version, user = app, execUser = user, env = {} } = options;
  const ssh = ["ssh", "-F", lab.sshConfig, "-T", "-o", "StrictHostKeyChecking=accept-new"];
  const local = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await program(words, { cwd: dist });
    if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout.trim();
  };
  const remote = (...lines: readonly string[]): Promise<string> => local(...ssh, host, `set -eu; ${lines.join("; ")}`);
  const put = (path: string, text: string): string => `printf %s ${quote(text)} | ${path}`;

  const time = new Date(Date.now() + 2 * 3600_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, "_");
  const id = `${time}_${version}`;
  await remote(`mkdir -p ${home}/versions`);
  await local("rsync", "-avz", "-e", ssh.join(" "), `${dist}/`, `${host}:${home}/versions/${id}`);
  const old = await remote(`cat ${home}/variant 2>/dev/null || echo green`);
  const target = old === "blue" ? "green" : "blue";
  const links = ["current", `current-${target}`];
  await remote(...links.map((link) => `ln -sfT ${home}/versions/${id} ${home}/versions/${link}`));
  const variables = {
    HOST: "127.0.0.1",
    PORT: String(ports[target]),
    PLTUSERHOME: `${home}/`,
    LINK_SHORTENER_HTTP_HOST: "127.0.0.1",
    LINK_SHORTENER_HTTP_PORT: String(ports[target]),
    LINK_SHORTENER_VARIANT: target,
    ...env,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  await remote(put(`cat >${home}/environment-${target}`, lines.join("")));
  await remote(put(`sudo tee /etc/systemd/system/${app}@.service`, unitText(execUser)), "sudo systemctl daemon-reload");
  await remote(
    `sudo chown -R ${user}:www-data ${home}`,
    `sudo systemctl start ${app}@${target}.service`,
    // It asks once; an app that is to live with it waits in its own check.
    `if ! timeout 60 sh -c 'until ${home}/versions/${id}/bin/${app} -c ${ports[target]} >&2; do sleep 0.2; done'; then sudo systemctl stop ${app}@${target}.service; exit 1; fi`,
    `echo 'server 127.0.0.1:${ports[target]};' >${home}/backends.conf`,
    "sudo systemctl reload nginx",
    `if [ -f ${home}/variant ]; then sudo systemctl stop ${app}@${old}.service; fi`,
    `echo ${target} >${home}/variant`,
  );
  await remote(String.raw`find ${home}/versions -maxdepth 1 -type d -mtime +30 -exec rm -r {} \;`);
  return id;
}

function unitText(user: string): string {
  return `[Unit]
Description=${app} %i

[Service]
User=${user}
EnvironmentFile=${home}/environment-%i
WorkingDirectory=${home}/versions/current-%i/
ExecStart=${home}/versions/current-%i/bin/${app} 
Restart=on-failure
LimitNOFILE=65535

[Install]
WantedBy=multi-user.target
`;
}

/** A place for the app's own data, which both variants write. */
export const ancestorData = "/var/lib/link-shortener/links.ndjson";

/** What the ancestor's reader does once: a directory that the ssh user may write, and the sudo rules. */
export async function prepareForAncestor(lab: Lab, host: string, owner: string, sudoers: string): Promise<void> {
  await said(
    lab,
    host,
    `install -d -o ${owner} ${home} && install -d -o link-shortener /var/lib/link-shortener && cat >/etc/sudoers.d/app <<'END'\n${sudoers}END\nchmod 440 /etc/sudoers.d/app && visudo -cq`,
  );
}

/** The nginx site of its documentation, which includes `backends.conf`; written after the first deploy, as nginx needs the file. */
export async function writeAncestorSite(lab: Lab, host: string): Promise<void> {
  const site = `upstream link_shortener_backend {
  include ${home}/backends.conf;
  keepalive 128;
}
server {
  listen 80;
  server_name link-shortener.example;
  location /static/ {
    root ${home}/versions/current;
    expires max;
  }
  location / {
    proxy_pass http://link_shortener_backend;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_intercept_errors on;
  }
}
`;
  await said(
    lab,
    host,
    `cat >/etc/nginx/sites-enabled/link-shortener <<'END'\n${site}END\nnginx -t 2>&1 && systemctl reload nginx`,
  );
}
