/** What other tools call a flag of ours. It is only offered to commands that have it. */
const names: Readonly<Record<string, readonly string[]>> = {
  only: ["host", "hosts", "H", "h", "server", "servers", "limit", "primary"],
  role: ["roles", "r"],
  except: ["exclude"],
  yes: ["force", "confirmed", "no-confirm", "assume-yes", "non-interactive"],
  "dry-run": ["simulate", "check", "dry", "pretend"],
  version: ["revision", "tag"],
  to: ["release", "version", "rollback-to"],
  message: ["reason"],
  config: ["config-file", "file", "f"],
  verbose: ["debug", "trace"],
  quiet: ["silent"],
  keep: ["keep-releases"],
  "lock-wait": ["wait"],
};

/** The flag of these that another tool calls so. */
export function ownFlag(typed: string, known: readonly string[]): string | undefined {
  return known.find((name) => Object.hasOwn(names, name) && names[name]?.includes(typed));
}
