import type { Lab } from "../../lab/lab.ts";
import { filesOn, said, withoutTimes } from "../../support/hosts.ts";

/** The settings of these tests in most files: no time is lost in waiting, and the app answers under `/slow` and `/stream`. */
export const quick = `drain: { timeout: "20s" }, env: { ...example.env, LINK_SHORTENER_DEBUG: "true" },`;

/** What is recorded of each release, oldest first: `v1 previous`. */
export async function recorded(lab: Lab, host: string): Promise<readonly string[]> {
  const text = await said(lab, host, "cat /opt/link-shortener/.bgdeploy/releases/*.json");
  return withoutTimes(text)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ id, status }) => `${String(id).replace("TIME-", "")} ${status}`);
}

/** The ids of the releases that a host has, oldest first. */
export async function idsOn(lab: Lab, host: string): Promise<readonly string[]> {
  const names = await said(lab, host, "cd /opt/link-shortener/versions && ls -d 2*-*");
  return names.trimEnd().split("\n").toSorted();
}

/** The id of a version's newest release. */
export async function idOf(lab: Lab, host: string, version: string): Promise<string> {
  const id = (await idsOn(lab, host)).findLast((each) => each.endsWith(`-${version}`));
  if (id === undefined) throw new Error(`${host} has no release ${version}`);
  return id;
}

/** The environment of the process that a variant runs. */
export async function environmentOf(
  lab: Lab,
  host: string,
  variant: "blue" | "green",
): Promise<Readonly<Record<string, string>>> {
  // In base64, since bytes that are no UTF-8 would be lost on the way here, and nobody would notice.
  const text = await said(
    lab,
    host,
    `base64 -w0 /proc/$(systemctl show -p MainPID --value link-shortener@${variant})/environ`,
  );
  const entries = Buffer.from(text, "base64").toString().split("\0").slice(0, -1);
  return Object.fromEntries(
    entries.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
  );
}

/** `inactive active`: blue's unit and green's. */
export async function running(lab: Lab, host: string): Promise<string> {
  return (await said(lab, host, "systemctl is-active link-shortener@blue link-shortener@green || :"))
    .trim()
    .replace("\n", " ");
}

/** `disabled enabled`: what starts with the host. */
export async function atBoot(lab: Lab, host: string): Promise<string> {
  return (await said(lab, host, "systemctl is-enabled link-shortener@blue link-shortener@green || :"))
    .trim()
    .replace("\n", " ");
}

/** All that decides what serves now, after a reboot and after a rollback: bytes, owners and modes of files, processes. */
export async function whole(lab: Lab, host: string): Promise<string> {
  const files = await filesOn(lab, host, "/opt/link-shortener");
  // What a run leaves for the next one or for its own undo, and nobody else reads.
  const own = /\.bgdeploy\/(journal\.ndjson|workers|workers-back|reserve|hooks|environment\.before|rollback\.)/;
  const bytes = await said(
    lab,
    host,
    `cd /opt/link-shortener; sha256sum backend.conf variant environment-* .bgdeploy/releases/* /etc/systemd/system/link-shortener@.service
     systemctl show -p ActiveState,MainPID,NeedDaemonReload link-shortener@blue link-shortener@green; systemctl is-enabled link-shortener@blue link-shortener@green || :`,
  );
  return [...files.filter((line) => !own.test(line)), bytes].join("\n");
}

/** Ends when the host's site answers with this version, at the latest after 20 s; then it says what it answers. */
export async function eventually(look: () => Promise<string>, expected: string): Promise<string> {
  const end = performance.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (seen === expected || performance.now() > end) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
