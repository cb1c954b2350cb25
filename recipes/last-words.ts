import type { Line, Target } from "../lib/index.ts";
import { rawLine, sh } from "../lib/index.ts";
import { sandboxHintLine } from "./sandbox-hint.ts";

/** systemd's own lines that say why a service is no more. */
const verdicts =
  "Main process exited|Control process exited|operation timed out|reception only permitted|Deactivated successfully|Failed with result|OOM killer|Failed to (execute|locate)|Unable to locate|Failed at step|Changing to the requested";

/**
 * Prints what the new variant said since this run started it, and no line of another start or release in its slot; then what systemd says of its end, and
 * what the sandbox may have to do with it. Behind `readStartLine`.
 *
 * systemd always says something of a unit, so who sees nothing may not read the journal. Of a process that is gone at once, the journal
 * may not know to which start it belonged.
 */
export function lastWordsLine(target: Target): Line {
  return wordsLine(target, target.layout.restarts);
}

/**
 * The same where systemd itself waits for the app (Type=notify and its like) or for a command before it, and nothing of the start is noted
 * yet: its environment was written right before. Of a start that systemd did not try, systemctl tells all.
 */
export function startWordsLine(target: Target): Line {
  const { layout, idle } = target;
  const result = sh`systemctl show -p Result --value ${layout.service(idle)}`;
  return sh`bg_invocation= bg_begun=; [ "$(${result})" = success ] || { echo "the new version did not start"; ${wordsLine(target, layout.environment(idle))}; }`;
}

/** What was said since the time of the file `begun`. */
function wordsLine(target: Target, begun: string): Line {
  const { layout, idle } = target;
  const unit = layout.service(idle);
  const rest = rawLine("-n 60 --no-pager -o cat 2>&1");
  // To the microsecond, where systemd could tell it; else by the file, a second before.
  const since = sh`bg_since=$bg_begun; [ -n "$bg_since" ] || bg_since="@$(( $(stat -c %Y ${begun} 2>/dev/null || echo 1) - 1 ))"`;
  const app = sh`journalctl -q _SYSTEMD_INVOCATION_ID="$bg_id" ${rest} | grep . || journalctl -q _SYSTEMD_UNIT=${unit} --since "$bg_since" ${rest} | grep .`;
  const own = sh`journalctl -q INVOCATION_ID="$bg_id" ${rest}`;
  const refused = sh`{ journalctl -u ${unit} -n 1 --no-pager -o cat 2>&1; echo "$(id -un) cannot read the journal. To allow it (group systemd-journal): bgdeploy setup"; }`;
  return sh`${since}
bg_id=$bg_invocation; [ -n "$bg_id" ] || bg_id=$(systemctl show -p InvocationID --value ${unit})
echo ${`The last lines of ${unit}:`}
{ ${app}; } || { ${own} | grep .; } || ${refused}
bg_said=$(${own} | grep -E ${verdicts} | head -n 5); [ -z "$bg_said" ] || printf 'systemd says:\\n%s\\n' "$bg_said"
bg_hint=$(${sandboxHintLine(target, begun)}); [ -z "$bg_hint" ] || printf 'Hint: %s\\n' "$bg_hint"`;
}
