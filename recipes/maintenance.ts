import type { Command, Layout, Target, Task } from "../lib/index.ts";
import { rawLine, sh, shell, task, write, reloadByHand } from "../lib/index.ts";
import { keepLine, restoreLine } from "./keep.ts";
import { maintenancePageText, maintenanceText } from "./templates/maintenance.ts";

export type MaintenanceOptions = {
  /** What the page says. Default: that we will be back shortly. */
  readonly message?: string;
  /** Who closes the site, and why: one line of JSON for `status`. */
  readonly note?: string;
};

/** Closes the site: from the next request on, every answer is the page, with status 503. A site that is closed gets the new page. */
function on({ message = "We will be back shortly.", note = "{}" }: MaintenanceOptions = {}): Task {
  return task({
    name: "maintenance:on",
    title: "close the site",
    refuse: blockProblem,
    commands: ({ layout }) => [
      ...keep(layout),
      write(layout.maintenanceNote, rawLine(`${note}\n`), "0600"),
      write(layout.maintenance, rawLine(maintenancePageText(message)), "0644"),
    ],
    undo: ({ layout }) => restore(layout),
  });
}

/** Opens the site again. */
function off(): Task {
  return task({
    name: "maintenance:off",
    title: "open the site",
    commands: ({ layout, facts }) =>
      facts.maintenance.on
        ? [
            ...keep(layout),
            shell("open the site", sh`rm -f ${layout.maintenance} && sync ${layout.destination}`),
            shell("forget who closed it", sh`rm -f ${layout.maintenanceNote}`),
          ]
        : [],
    undo: ({ layout }) => restore(layout),
  });
}

export const maintenance = { on, off };

function keep(layout: Layout): readonly Command[] {
  return files(layout).map(([path, kept]) => shell("keep what is there", keepLine(path, kept)));
}

function restore(layout: Layout): readonly Command[] {
  return files(layout).map(([path, kept]) => shell("put back what was there", restoreLine(path, kept)));
}

function files({ state, maintenance: page, maintenanceNote }: Layout): readonly (readonly [string, string])[] {
  return [
    [page, `${state}/maintenance.page.kept`],
    [maintenanceNote, `${state}/maintenance.note.kept`],
  ];
}

/** Why the page would not be seen, as a sentence with the mend. */
function blockProblem({ facts, layout }: Target): string | undefined {
  const reload = reloadByHand(layout.nginx);
  if (!facts.hasState) return "bgdeploy has not been set up there: run `bgdeploy setup <stage> --as root` first";
  if (facts.nginx.maintenanceBlock === "missing") {
    const site = facts.files.vhost === undefined ? `the site that includes ${layout.backend}` : layout.vhost;
    return `its nginx site does not check for ${layout.maintenance}. Add these lines once to the \`server\` block of ${site}, then ${reload}\n\n${maintenanceText(layout)}`;
  }
  if (facts.nginx.maintenanceBlock === "unloaded")
    return `its nginx site was changed after nginx last loaded it, and may not check for ${layout.maintenance} yet. Reload it: ${reload}`;
  const { blindTo } = facts.nginx;
  return blindTo === undefined
    ? undefined
    : `nginx's workers cannot enter ${blindTo}, so they cannot see ${layout.maintenance}. Allow it: chmod o+x ${blindTo}`;
}
