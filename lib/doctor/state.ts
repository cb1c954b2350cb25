import type { Endpoint } from "../model/endpoint.ts";
import { backendText, currentEndpoint, describeEndpoint } from "../model/endpoint.ts";
import type { Mend } from "../model/problem.ts";
import { here, onHost } from "../model/problem.ts";
import type { Layout } from "../model/layout.ts";
import { reloadWords, routeWords, unitWords } from "../model/privileged.ts";
import type { Repair } from "../model/live.ts";
import type { Target } from "../model/target.ts";
import type { Variant } from "../model/variant.ts";
import { isVariant, variants } from "../model/variant.ts";
import { describeSlot } from "../plan/describe.ts";
import { restartProblems } from "../plan/unit-bars.ts";
import { isCrashing } from "./crashes.ts";
import type { Finding } from "./finding.ts";
import { fine, fixable, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Which variant serves, and whether file, units and record agree about it, and what to do where they do not. */
export function stateFindings({ target, exam, locked, stage }: Patient): readonly Finding[] {
  const { state, facts, layout } = target;
  const isUnprepared = facts.destination === "missing" || facts.tools.systemd === undefined;
  switch (state.kind) {
    case "first":
      return isUnprepared ? [] : [fine("nothing is deployed yet: the first deploy goes to blue")];
    case "unclear":
      // Why it cannot, and how it can, is said of what is withheld.
      return facts.unread.length > 0 ? [wrong(state.problem)] : [unclear(target)];
    case "down": {
      const service = layout.service(state.live);
      // A unit that systemd keeps restarting is said as a crash loop.
      if (isCrashing(exam.units[state.live])) return [];
      // What keeps it from starting is said with its own mend.
      const isBarred = restartProblems(target, state.live, stage).length > 0 || facts.files.unit === undefined;
      const start = onHost(`sudo ${unitWords({ layout, sudo: facts.sudo }, "start", state.live).join(" ")}`);
      return [
        wrong(
          `the live variant ${state.live} is DOWN: ${service} is ${facts.units[state.live].active}, and nothing serves`,
          ...(isBarred ? [] : [start]),
          onHost(`journalctl -u ${service} -n 50 --no-pager`),
        ),
      ];
    }
    case "live": {
      const release = describeSlot(facts.links[state.live], state.live) ?? state.live;
      if (state.repairs.length === 0) return [fine(`live: ${release}`)];
      // What a run is changing just now is not left behind.
      if (locked.byRun !== undefined) return [];
      const what = state.repairs.map((repair) => left(repair, target)).join("; ");
      return [
        fixable(
          wrong(
            `an earlier run did not finish, ${release} serves: ${what}. The next run repairs it`,
            here(`bgdeploy doctor ${stage} --fix`),
          ),
        ),
      ];
    }
  }
}

function left(repair: Repair, { facts, live, idle }: Target): string {
  switch (repair) {
    case "repoint":
      return `nginx's backend file names ${idle}, which is not running`;
    case "prove-reload":
      return facts.units[idle].active === "active"
        ? `${idle} is still running too, and nginx may still route to it`
        : "nginx may not have loaded its backend file yet";
    case "record":
      return facts.files.variant === live
        ? "static files are from another release"
        : `the recorded live variant is ${facts.files.variant ?? "nothing"}`;
  }
}

/** What disagrees, in words; and how a person who knows what serves puts it right. */
function unclear(target: Target): Finding {
  const { facts, layout } = target;
  const { backend, variant } = facts.files;
  const place = (each: Variant): string => describeEndpoint(currentEndpoint(target, each));
  const servers = (backend ?? "").match(/^[ \t]*server\s/gm)?.length ?? 0;
  const lineOf = (each: Variant): string => backendText(currentEndpoint(target, each)).trim();
  // With parameters of somebody else's, such as `weight=5`: what they were for is lost at the next switch.
  const edited = variants.find((each) => servers === 1 && backend?.trim().startsWith(`${lineOf(each).slice(0, -1)} `));
  const file =
    backend === undefined
      ? `${layout.backend}, which tells nginx where to send requests, is missing`
      : edited !== undefined
        ? `${layout.backend} says ${JSON.stringify(backend.trim())}. It names ${edited}, but was edited by hand: bgdeploy accepts only the line \`${lineOf(edited)}\``
        : servers === 1
          ? `${layout.backend} says ${JSON.stringify(backend.trim())}, which is neither blue's ${place("blue")} nor green's ${place("green")}`
          : `${layout.backend} must contain one line \`server 127.0.0.1:PORT;\`, but says ${JSON.stringify(backend.trim())}`;
  const units = variants.map((each) => `${layout.service(each)} is ${facts.units[each].active}`).join(", ");
  const recorded = isVariant(variant) ? `the last deploy recorded ${variant}` : "no deploy has recorded a live variant";
  const running = variants.filter((each) => facts.units[each].active === "active");
  const only = running.length === 1 ? running[0] : undefined;
  const likely = only ?? edited ?? (isVariant(variant) ? variant : undefined);
  const advice =
    likely === undefined
      ? "Find out which variant serves, then point the file at it and reload nginx"
      : only === undefined
        ? `If ${likely} should serve, point the file at it and reload nginx`
        : `Only ${only} is running: point the file at it and reload nginx`;
  const choices = likely === undefined ? variants : [likely];
  return wrong(
    `cannot tell which variant is live: ${file}; ${units}; ${recorded}. ${advice}`,
    ...choices.map((each) => pointAt(currentEndpoint(target, each), layout)),
  );
}

function pointAt(endpoint: Endpoint, layout: Layout): Mend {
  const reload = `sudo ${reloadWords(layout).join(" ")}`;
  if (layout.strict) return onHost(`sudo ${routeWords(layout, endpoint).join(" ")} && ${reload}`);
  return onHost(`echo "${backendText(endpoint).trim()}" >${layout.backend} && ${reload}`);
}

/** The live variant's release must still be there, or its next restart fails. */
export function linkFindings({ target: { live, layout, facts }, exam }: Patient): readonly Finding[] {
  return exam.dangling.map((path) => {
    const isLive = live !== undefined && (path === layout.currentOf(live) || path === layout.current);
    const what = `${path} points to ${isLive ? "a release that no longer exists" : "nothing"}`;
    const releases = onHost(`ls -l ${layout.versions}`);
    return isLive
      ? wrong(`${what}: ${facts.links[live] ?? "the live release"} cannot start again. Deploy again`, releases)
      : warning(what, releases);
  });
}
