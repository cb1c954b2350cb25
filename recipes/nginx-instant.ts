import type { Command, Layout, Target, Variant } from "../lib/index.ts";
import { currentEndpoint, endpointOf, link, sh, shell } from "../lib/index.ts";
import { former } from "./former.ts";
import { pointBackend } from "./nginx-reload.ts";
import { restoreLink } from "./links.ts";

/** Moves the traffic without a reload: the site chooses its upstream for each request, by the presence of one file. */
export function moveInstantly(target: Target): readonly Command[] {
  const { layout, idle, release } = target;
  return [
    // The site does not read it, but whoever goes back to reloads, or to another tool, finds the truth there.
    ...pointBackend(target, endpointOf(target, idle)),
    link("link current", layout.current, release.id),
    setFlag(layout, idle),
  ];
}

export function moveBackInstantly(target: Target): readonly Command[] {
  const { layout } = target;
  const { liveGreen, current } = former(target);
  return [
    setFlag(layout, liveGreen ? "green" : "blue"),
    restoreLink("link current back", layout.current, current),
    ...(target.live === undefined ? [] : pointBackend(target, currentEndpoint(target, target.live))),
  ];
}

/** Routes every request from now on to a variant. */
export function setFlag({ liveGreen, destination }: Layout, variant: Variant): Command {
  const line =
    variant === "green"
      ? sh`: >${liveGreen} && sync ${liveGreen} ${destination}`
      : sh`rm -f ${liveGreen} && sync ${destination}`;
  return shell(`route to ${variant}`, line);
}

/** What the site of this host lacks for a mode, as a sentence. */
export function siteProblem({ app, facts, layout }: Target, mode: "reload" | "instant"): string | undefined {
  const { includesFlag, blindTo, namesSockets } = facts.nginx;
  if (mode === "reload") {
    if (!includesFlag) return undefined;
    return `its nginx site switches by the file live-green: use nginx.switch({ mode: "instant" }), or write the site anew (bgdeploy vhost <stage>), or remove the file below ${layout.nginx.config} that still names live-green`;
  }
  if (!includesFlag)
    return 'nginx.switch({ mode: "instant" }) needs a site that looks for the file live-green: bgdeploy vhost <stage> prints it';
  // The site names both slots itself, and the live one shall not be lost when it names the other kind.
  if (namesSockets !== (app.listen === "socket")) {
    const [has, wants] = namesSockets ? ["sockets", "ports"] : ["ports", "sockets"];
    return `its nginx site switches instantly between ${has}, but \`listen\` asks for ${wants}. Switch by a reload: install the site that \`bgdeploy vhost <stage>\` prints with nginx.switch(), deploy, then return to mode "instant" with the site that it prints then`;
  }
  return blindTo === undefined
    ? undefined
    : `nginx's workers cannot look into ${blindTo} and so cannot see the file live-green. To allow it: chmod o+x ${blindTo}`;
}
