import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What was done on one host. A *wait* is a script that was sent only when all before it were answered: a round trip. */
export type Cost = {
  readonly connections: number;
  readonly channels: number;
  readonly rsyncs: number;
  readonly scripts: number;
  readonly waits: number;
};

export type Counter = {
  /** What the program has to find in its environment. */
  readonly env: Readonly<Record<string, string>>;
  cost(host: string): Promise<Cost>;
  remove(): Promise<void>;
};

/** An `ssh` and an `rsync` that count, first on the PATH. */
export async function aCounter(): Promise<Counter> {
  const directory = await mkdtemp(join(tmpdir(), "bgdeploy-cost-"));
  const log = join(directory, "log");
  const place = async (name: string, text: string): Promise<void> => {
    await writeFile(join(directory, name), `#!/bin/bash\n${text}`);
    await chmod(join(directory, name), 0o755);
  };
  const path = process.env["PATH"] ?? "";
  const counting = `${process.execPath} ${join(import.meta.dirname, "counting-ssh.ts")}`;
  await writeFile(log, "");
  await place(
    "ssh",
    `PATH=${path}
for word; do case $word in h[0-9]) host=$word ;; esac; done
case "$*" in
  *ControlMaster=yes*) echo "$host connection" >>${log}; exec ${counting} ${log} "$host" "$(command -v ssh)" "$@" ;;
  *) echo "$host channel" >>${log}; exec ssh "$@" ;;
esac
`,
  );
  // Its --rsh finds the ssh above.
  await place("rsync", `to=\${!#}; echo "\${to%%:*} rsync" >>${log}\nexec "$(PATH=${path} command -v rsync)" "$@"\n`);
  return {
    env: { PATH: `${directory}:${path}` },
    async cost(host) {
      const lines = (await readFile(log, "utf8")).split("\n");
      const kinds = lines.flatMap((line) => (line.startsWith(`${host} `) ? [line.slice(host.length + 1)] : []));
      const count = (kind: string): number => kinds.filter((each) => each === kind).length;
      const before = (index: number, ...some: readonly string[]): number =>
        kinds.slice(0, index).filter((each) => some.includes(each)).length;
      // The connection brings a first question of its own.
      const waits = kinds.filter(
        (kind, index) => kind === "script" && before(index, "connection", "script") === before(index, "answer"),
      ).length;
      return {
        connections: count("connection"),
        channels: count("channel"),
        rsyncs: count("rsync"),
        scripts: count("script"),
        waits,
      };
    },
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}
