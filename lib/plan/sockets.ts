import type { Nginx } from "../model/nginx.ts";
import { bridgePrograms } from "../model/bridge.ts";
import type { Problem } from "../model/problem.ts";
import { onHost, problem } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import type { Target } from "../model/target.ts";

/** Who must reach the app's sockets, and cannot: nginx, the ssh user, or a program for the health check. */
export function socketProblems({ app, facts, layout }: Target): readonly Problem[] {
  if (app.listen !== "socket") return [];
  const { group } = app;
  const add = (who: string): string => `sudo usermod -aG ${quote(group)} ${who}`;
  const reaches = facts.sudo.kind === "root" || facts.user.groups.includes(group);
  return [
    ...(facts.nginx.isInGroup === false
      ? [
          problem(
            `nginx's workers are not in the group ${group}, so they cannot reach the app's sockets. Set \`group\` to one of their groups`,
            "Or add them",
            onHost(
              `${add(`"$(ps -o user= -C ${commOf(layout.nginx)} | grep -v root | head -n 1)"`)} && sudo systemctl restart ${layout.nginx.unit}`,
            ),
          ),
        ]
      : []),
    ...(reaches
      ? []
      : [
          problem(
            `${facts.user.name} is not in the group ${group}, so it cannot reach the app's sockets`,
            "Add it",
            onHost(add(quote(facts.user.name))),
          ),
        ]),
    ...(bridgePrograms.some((program) => facts.programs.includes(program))
      ? []
      : [
          problem(
            "neither perl nor python3 is installed; one of them is needed to connect to the app's sockets",
            "Install one",
            onHost("sudo apt-get install perl-base"),
          ),
        ]),
  ];
}

/** As ps names its processes: the kernel keeps 15 characters of a program's name. */
function commOf({ binary }: Nginx): string {
  return binary.slice(binary.lastIndexOf("/") + 1).slice(0, 15);
}
