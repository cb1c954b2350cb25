import type { Flag } from "./flags.ts";

/** The flags of `raco koyo deploy`, as its own program reads them. */
export const deployFlags: readonly Flag[] = [
  { name: "app-name", value: "NAME", help: "the app's name; else the name of this directory" },
  { name: "destination", value: "DIR", help: "the app's directory on the hosts, an absolute path; else /opt/NAME" },
  {
    name: "environment",
    short: "e",
    value: "KEY VALUE",
    words: 2,
    many: true,
    help: "set a variable of the service",
  },
  { name: "env-var-prefix", value: "NAME", help: "starts the variables NAME_HTTP_PORT and so on; else the app's name" },
  {
    name: "port",
    short: "p",
    value: "VARIANT PORT",
    words: 2,
    many: true,
    help: "where a variant listens; else blue 8001, green 8002",
  },
  { name: "health-check", help: "before it gets traffic, the new variant must pass `<bin> -c PORT`" },
  { name: "pre-script", value: "FILE", help: "a bash script to run on each host before the new variant starts" },
  { name: "post-script", value: "FILE", help: "a bash script to run on each host once the new variant is live" },
  {
    name: "ssh-flags",
    short: "F",
    value: "FLAGS",
    many: true,
    takesDashes: true,
    help: "for ssh, as one word: '-F infra/ssh_config'",
  },
  { name: "exec-name", value: "NAME", help: "the program, bin/NAME in <dist>; else the app's name" },
  { name: "exec-flags", value: "FLAGS", takesDashes: true, help: "the program's arguments, as one word" },
  { name: "exec-user", value: "USER", help: "runs the service; else --user" },
  { name: "user", value: "USER", help: "owns the files, where the ssh user is root; else the app's name" },
  { name: "group", value: "GROUP", help: "owns the files; else www-data" },
];

export const deployNotes = `    bgdeploy deploy -e LOG_LEVEL info -F '-F infra/ssh_config' dist v1.0 prod-01 prod-02

It reads no config: a deploy.config.ts that lies here plays no part. To have one, with all that it can say:
bgdeploy init --from '<this command line>'`;
