import { UserError } from "../errors.ts";

/** What to do where sshd grants no second channel in a connection (MaxSessions 1); `undefined` where ssh says nothing of it. */
export function sessionRefused(host: string, stderr: string): UserError | undefined {
  if (!stderr.includes("Session open refused by peer")) return undefined;
  return new UserError([
    `${host}: sshd allows too few sessions in one connection; bgdeploy needs two`,
    "Set `MaxSessions 10` in the host's /etc/ssh/sshd_config, then: sudo systemctl reload ssh",
  ]);
}
