import type { Lab } from "../lab/lab.ts";
import { said } from "./hosts.ts";

/** The sudoers file of the spec (section 9.3), word for word, for the user `deploy`. */
export function specSudoers(app: string, destination: string): string {
  return `deploy \\
  ALL=(ALL) \\
  NOPASSWD: \\
  /bin/chown -R * ${destination}, \\
  /bin/systemctl daemon-reload, \\
  /bin/systemctl reload nginx, \\
  /bin/systemctl start ${app}@*.service, \\
  /bin/systemctl stop ${app}@*.service, \\
  /usr/bin/tee /etc/systemd/system/${app}@.service
`;
}

/** Prepares a host as the spec tells its reader to: a directory that `deploy` owns, sudo rules, a site. No `bgdeploy setup`. */
export async function prepareByHand(
  lab: Lab,
  host: string,
  files: { readonly sudoers: string; readonly site: string },
): Promise<void> {
  await said(
    lab,
    host,
    "install -d -o deploy -g deploy /opt/link-shortener && echo 'server 127.0.0.1:8001;' >/opt/link-shortener/backend.conf && ln -s backend.conf /opt/link-shortener/backends.conf && chown -h deploy:deploy /opt/link-shortener/*",
  );
  await lab.exec(host, "cat >/etc/sudoers.d/link-shortener && chmod 440 /etc/sudoers.d/link-shortener", files.sudoers);
  await said(lab, host, "visudo -cq");
  await lab.exec(host, "cat >/etc/nginx/sites-enabled/link-shortener", files.site);
  await said(lab, host, "nginx -t 2>&1 && systemctl reload nginx");
}

/** The commands that sudo ran on a host, as its journal has them; without the question what may be run. */
export async function sudoLines(lab: Lab, host: string): Promise<readonly string[]> {
  const journal = await said(lab, host, "journalctl --sync; journalctl -q -t sudo -o cat");
  return journal
    .split("\n")
    .flatMap((line) => / ; COMMAND=(.*)$/.exec(line)?.[1] ?? [])
    .filter((line) => line !== "list");
}
