import type { Flag } from "./flags.ts";
import { flags } from "./flags.ts";

export const initFlags: readonly Flag[] = [
  {
    name: "from",
    value: "LINE",
    takesDashes: true,
    help: "convert this command line: 'raco koyo deploy …' or 'bgdeploy deploy …'",
  },
  { name: "app-name", value: "NAME", help: "app name (default: from package.json, else this directory's name)" },
  {
    name: "host",
    value: "HOST",
    many: true,
    help: "host of the stage production, or a glob that matches hosts in the ssh_config",
  },
  {
    name: "domain",
    value: "NAME",
    help: "domain of the nginx site, or `none` to answer to any name (default)",
  },
  { name: "dist", value: "DIR", help: "directory of the build to upload" },
  {
    name: "health",
    value: "HOW",
    help: "health check: a path such as /healthz, `command` for `<bin> -c PORT`, or `port` (default)",
  },
  { name: "ssh-config", value: "FILE", help: "ssh_config with the hosts (default: infra/ssh_config, else your own)" },
  { ...flags.yes, help: "do not ask; use what was found for flags that are not given" },
];
