import type { Lab } from "../lab/lab.ts";

/** What stands on a host for a user to see: what serves, and what would after a reboot. */
export type HostState = {
  readonly traffic: string;
  readonly links: Readonly<Record<string, string>>;
  readonly variant: string;
  readonly backend: string;
  readonly units: Readonly<Record<string, string>>;
};

/** What a host's public site answers, `<status> <body>`; `pid` in `/healthz` tells processes apart. */
export async function visit(lab: Lab, host: string, path = "/healthz"): Promise<string> {
  const address = lab.hosts.find(({ name }) => name === host)?.address;
  try {
    const response = await fetch(`http://${address}${path}`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(5000),
    });
    return `${response.status} ${(await response.text()).trim()}`;
  } catch (error) {
    return `no answer: ${String(error instanceof Error ? (error.cause ?? error) : error)}`;
  }
}

/** `v1 blue`: the version and the variant that a host's site serves. */
export async function served(lab: Lab, host: string): Promise<string> {
  const answer = await visit(lab, host);
  const [, version, variant] = /^200 .*"version":"([^"]*)","variant":"([^"]*)"/.exec(answer) ?? [];
  return version === undefined ? answer : `${version} ${variant}`;
}

/** What a command run as root on a host prints. Throws when it fails. */
export async function said(lab: Lab, host: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(host, command);
  if (code !== 0) throw new Error(`${host}: ${command} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

export async function stateOf(lab: Lab, host: string, app = "link-shortener"): Promise<HostState> {
  const text = await said(
    lab,
    host,
    `cd /opt/${app}; for l in current current-blue current-green; do readlink versions/$l || echo none; done; cat variant || echo none; cat backend.conf || echo none
     for v in blue green; do for w in is-active is-enabled; do systemctl $w ${app}@$v.service || :; done; done 2>&1`,
  );
  const [current = "", blue = "", green = "", variant = "", backend = "", ...units] = text.split("\n");
  return {
    traffic: await visit(lab, host),
    links: { current, blue, green },
    variant,
    backend,
    units: { blue: `${units[0]}, ${units[1]}`, green: `${units[2]}, ${units[3]}` },
  };
}

/** Every file under a directory: `<type> <mode> <user>:<group> <path>[ -> <target>]`, in the order of paths; `names` rewrites them. */
export async function filesOn(
  lab: Lab,
  host: string,
  directory: string,
  names: (line: string) => string = (line) => line,
): Promise<readonly string[]> {
  // Where all went well a run leaves its last words to ssh, and may end before its host has let go of the lock.
  const listing = await said(
    lab,
    host,
    `cd ${directory} && { [ ! -d .bgdeploy ] || flock -w 20 .bgdeploy true; } && find . -mindepth 1 -printf '%P\\t%y %04m %u:%g %P\\t%l\\n' | LC_ALL=C sort`,
  );
  const lines = listing
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  return lines.map(([, entry = "", target = ""]) => names(target === "" ? entry : `${entry} -> ${target}`));
}

/** Takes what differs from run to run out of a text: the time in a release's id. */
export function withoutTimes(text: string): string {
  return text.replaceAll(/\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d-/g, "TIME-");
}
