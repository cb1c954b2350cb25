import type { Flag } from "./flags.ts";

/** The flags of `raco koyo deploy`, as its own program reads them. */
export const deployFlags: readonly Flag[] = [
  { name: "app-name", value: "NAME", help: "app name (default: the name of this directory)" },
  { name: "destination", value: "DIR", help: "absolute path of the app on the hosts (default: /opt/NAME)" },
  {
    name: "environment",
    short: "e",
    value: "KEY VALUE",
    words: 2,
    many: true,
    help: "set an environment variable of the service",
  },
  { name: "env-var-prefix", value: "NAME", help: "prefix of NAME_HTTP_PORT and the like (default: the app's name)" },
  {
    name: "port",
    short: "p",
    value: "VARIANT PORT",
    words: 2,
    many: true,
    help: "port of a variant (default: blue 8001, green 8002)",
  },
  { name: "health-check", help: "check the new variant with `<bin> -c PORT` before it gets traffic" },
  { name: "pre-script", value: "FILE", help: "bash script to run on each host before the new variant starts" },
  { name: "post-script", value: "FILE", help: "bash script to run on each host once the new variant is live" },
  {
    name: "ssh-flags",
    short: "F",
    value: "FLAGS",
    many: true,
    takesDashes: true,
    help: "flags for ssh, quoted as one argument: '-F infra/ssh_config'",
  },
  { name: "exec-name", value: "NAME", help: "program to run, bin/NAME in <dist> (default: the app's name)" },
  { name: "exec-flags", value: "FLAGS", takesDashes: true, help: "arguments of the program, quoted as one argument" },
  { name: "exec-user", value: "USER", help: "user who runs the service (default: --user, else the app's name)" },
  { name: "user", value: "USER", help: "owner of the releases if the ssh user is root (default: root)" },
  { name: "group", value: "GROUP", help: "group of the files (default: www-data)" },
];

export const deployNotes = `    bgdeploy deploy -e LOG_LEVEL info -F '-F infra/ssh_config' dist v1.0 prod-01 prod-02

Any deploy.config.ts here is ignored. To get a config, which can do more:
bgdeploy init --from '<this command line>'`;
