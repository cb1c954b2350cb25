import type { Line, Target } from "../lib/index.ts";
import { joinLines, rawLine, sh } from "../lib/index.ts";

/** What the journal says where the sandbox may be to blame, the surest sign first; and what is then said of it. */
type Sign = { readonly words: readonly string[]; readonly hint: string };

/** Exit statuses of systemd's own stand in systemd.exec(5). */
function signsOf({ name, state }: Target["app"]): readonly Sign[] {
  const own = state ? `/var/lib/${name} is the app's own` : `state: true gives the app /var/lib/${name}`;
  return [
    {
      words: ["status=226/NAMESPACE"],
      hint: "systemd could not build the sandbox: a path that the unit names in ReadWritePaths, BindPaths or the like must exist on the host. Put - before the path to make it optional",
    },
    {
      words: ["status=218/CAPABILITIES"],
      hint: "systemd could not give the service its capabilities: those in AmbientCapabilities must be in CapabilityBoundingSet, too",
    },
    {
      words: ["status=238/STATE_DIRECTORY", "status=239/CACHE_DIRECTORY", "status=240/LOGS_DIRECTORY"],
      hint: `systemd could not create the app's directory: /var/lib/${name}, /var/cache/${name} and /var/log/${name} must be directories if they exist`,
    },
    {
      words: ["status=31/SYS", "status=228/SECCOMP", "SIGSYS", "ad system call"],
      hint: forbids("a system call", "SystemCallFilter=@system-service", opens("SystemCallFilter", "NAME")),
    },
    {
      words: ["ead-only file system", "EROFS"],
      hint: forbids(
        "the service to write there",
        "ProtectSystem=strict",
        `${own}, ${opens("ReadWritePaths", "/path").replace(" it", " a path")}`,
      ),
    },
    {
      words: ["ddress family not supported", "EAFNOSUPPORT"],
      hint: forbids("this kind of socket", "RestrictAddressFamilies", opens("RestrictAddressFamilies", "AF_NAME")),
    },
    {
      words: ["no new privileges"],
      hint: "The sandbox forbids setuid programs such as sudo (NoNewPrivileges, which other directives of it imply): sandbox: false turns the whole sandbox off",
    },
    {
      words: ["peration not permitted", "EPERM"],
      hint: forbids(
        "capabilities and rare system calls",
        "CapabilityBoundingSet, SystemCallFilter",
        opens("AmbientCapabilities", "CAP_NAME"),
      ),
    },
    {
      words: ["ermission denied", "EACCES"],
      hint: `If its path is below /home, /root or /run/user, the sandbox hides it (ProtectHome): ${opens("ProtectHome", "read-only")}. Otherwise the service's user lacks access: check its owner and mode`,
    },
  ];
}

function opens(directive: string, value: string): string {
  return `unit: { Service: { ${directive}: "${value}" } } allows it`;
}

function forbids(what: string, by: string, way: string): string {
  return `The sandbox forbids ${what} (${by}): ${way}; sandbox: false turns the whole sandbox off`;
}

/**
 * Prints what the sandbox has to do with the failure of the new variant, where its journal shows a sign of it. That is read from the
 * time of the file `since` on.
 */
export function sandboxHintLine({ app, layout, idle }: Target, since: string): Line {
  if (!app.sandbox) return rawLine(":");
  const arms = signsOf(app).map(({ words, hint }) => {
    const pattern = joinLines(
      words.map((word) => sh`*${word}*`),
      "|",
    );
    return sh`${pattern}) echo ${hint} ;;`;
  });
  const time = sh`"@$(( $(stat -c %Y ${since} 2>/dev/null || echo 5) - 5 ))"`;
  const said = sh`$(journalctl -q -u ${layout.service(idle)} --since ${time} -n 40 --no-pager -o cat 2>/dev/null)`;
  return sh`case ${said} in ${joinLines(arms, " ")} esac`;
}
