import { type ToolName } from "../site.ts";
import { ansible } from "./ansible.ts";
import { bgdeploy } from "./bgdeploy.ts";
import { capistrano } from "./capistrano.ts";
import { floor } from "./floor.ts";
import { shipit } from "./shipit.ts";
import type { Tool } from "./tool.ts";

const all: Readonly<Record<ToolName, Tool>> = { floor, bgdeploy, capistrano, ansible, shipit };

export function toolsNamed(names: readonly ToolName[]): readonly Tool[] {
  return names.map((name) => all[name]);
}
