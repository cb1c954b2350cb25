import { groundSource } from "../../host/ground.ts";
import type { App } from "../model/app.ts";
import { groundFiles, stateDirectories } from "../model/ground.ts";
import type { Layout } from "../model/layout.ts";
import type { Line } from "../model/shell.ts";
import { rawLine, sh } from "../model/shell.ts";

/** Whose the releases' files shall be where root takes them over: `user` is `undefined` for root itself. */
export type Keeper = Pick<App, "user" | "group" | "writable">;

/**
 * Succeeds where the destination and our directories in it belong to whoever asks, the files that others read to them or to
 * root, and nobody else may write to any of them.
 */
export function soundLine(layout: Layout): Line {
  return groundLine(layout, { group: "", isOpen: false }, "bg_is_sound");
}

/**
 * Makes what is missing, and takes over what others own. Fails where that cannot be done safely, with a line
 * `untrusted PATH`. A user without root closes what is theirs to others, and can do no more.
 */
export function takeGround(layout: Layout, { user, group, writable }: Keeper): Line {
  // What the app may write, by a config that says so, stays as it is.
  const isOpen = (user !== undefined && user !== "root") || writable;
  return groundLine(layout, { group, isOpen }, "bg_take_over");
}

function groundLine(
  layout: Layout,
  { group, isOpen }: { readonly group: string; readonly isOpen: boolean },
  call: string,
): Line {
  const { destination, versions, state, ownBackend, backends, variant, liveGreen, maintenance } = layout;
  const files = groundFiles(layout).filter((path) => path !== backends);
  return sh`bg_destination=${destination} bg_versions=${versions} bg_state=${state} bg_backend=${ownBackend} bg_backends=${backends}
bg_group=${group} bg_releases=${isOpen ? "open" : "closed"} bg_own=(${stateDirectories(layout)}) bg_files=(${files})
bg_environments=(${[layout.environment("blue"), layout.environment("green")]}) bg_markers=(${[variant, liveGreen, maintenance]})
${rawLine(groundSource)}
${rawLine(call)}`;
}
