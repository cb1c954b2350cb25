import type { Flag } from "./flags.ts";
import { flags } from "./flags.ts";

export const initFlags: readonly Flag[] = [
  {
    name: "from",
    value: "LINE",
    takesDashes: true,
    help: "take all of it from this command line: 'raco koyo deploy …' or 'bgdeploy deploy …'",
  },
  { name: "app-name", value: "NAME", help: "the app's name; else package.json's, or this directory's" },
  { name: "host", value: "HOST", many: true, help: "a host of the stage production, or a glob over the ssh_config" },
  {
    name: "domain",
    value: "NAME",
    help: "the name that visitors type, which the nginx site answers to, or `none`: every name",
  },
  { name: "dist", value: "DIR", help: "the build to upload" },
  {
    name: "health",
    value: "HOW",
    help: "a path such as /healthz, `command` for `<bin> -c PORT`, or `port`: it accepts (default)",
  },
  { name: "ssh-config", value: "FILE", help: "the ssh_config that knows the hosts; else ssh's own" },
  { ...flags.yes, help: "do not ask; take what was found for what is not given" },
];
