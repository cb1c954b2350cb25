import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Session } from "../../../lib/remote/session.ts";
import { openSession } from "../../../lib/remote/session.ts";
import type { Limits } from "../../../lib/remote/silence.ts";

/**
 * A program `ssh` that runs its command on this machine, as an sshd would. The host's name says how it behaves:
 * `far` takes 60 ms to hear a word, `noisy` has a .bashrc that prints, `denied` lets nobody in, `silent` never answers, `bashless` has no bash, `cut` loses the
 * connection when it is ready. With `-W` it is a channel to a port, as ssh's.
 */
const program = `#!/bin/bash
case " $* " in *" -W "*)
  all=$*; address=\${all#*-W }; address=\${address%% *}
  exec 3<>"/dev/tcp/\${address%:*}/\${address#*:}"
  exec 4<&0; cat <&4 >&3 &
  exec cat <&3 ;;
esac
command=\${*: -1}
case "\${*: -2:1}" in
  noisy) printf 'Welcome!\\n50 %%' ;;
  denied) echo "deploy@denied: Permission denied (publickey)." >&2; exit 255 ;;
  silent) exec sleep 60 ;;
  bashless) echo "sh: 1: exec: bash: not found" >&2; exit 127 ;;
  cut) eval "$command" </dev/null | { IFS= read -r -d '>' mark; printf '%s>' "$mark"; }; exit 255 ;;
  far) exec < <(while kill -0 $$; do IFS= read -r -d '' -t 0.5 each && sleep 0.06 && printf '%s\\0' "$each"; done 2>/dev/null) ;;
  chatty) echo "** a banner of sshd **" >&2 ;;
esac
eval "$command"
`;

/** Puts the program first on PATH, until the returned function is called. */
export function installFakeSsh(): () => void {
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  writeFileSync(join(directory, "ssh"), program);
  chmodSync(join(directory, "ssh"), 0o755);
  // This machine need not run systemd.
  const units = `case $1 in show) for each; do case $each in *.service) echo "Id=$each"; echo "ActiveState=inactive"; echo ;; esac; done ;; esac`;
  writeFileSync(join(directory, "systemctl"), `#!/bin/bash\n${units}\n`);
  chmodSync(join(directory, "systemctl"), 0o755);
  const before = process.env["PATH"];
  process.env["PATH"] = `${directory}:${before}`;
  return () => {
    process.env["PATH"] = before;
    rmSync(directory, { recursive: true });
  };
}

export const word = "bgtest0123456789";

export function open(host: string, limit?: number, greeting = "", limits?: Limits): Session {
  return openSession({ host, flags: ["-T", "-o", "BatchMode=yes"], limit, greeting, limits }, () => word);
}

/** Runs with a session to a host, and closes it. */
export async function withSession<T>(host: string, use: (session: Session) => Promise<T>): Promise<T> {
  const session = open(host);
  try {
    await session.ready;
    return await use(session);
  } finally {
    await session.close();
  }
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}
