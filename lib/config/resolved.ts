import type { App } from "../model/app.ts";
import type { Hook } from "../model/hook.ts";
import type { Host } from "../model/host.ts";
import type { Rolling } from "../model/rolling.ts";
import type { SshSettings } from "../model/ssh-settings.ts";
import type { Tasks } from "../model/task.ts";
import type { Sources } from "./sources.ts";
import type { TrustCheck } from "./trust.ts";

/** One host of the stage, with the app's settings there, and where they were written. */
export type ConfiguredHost = { readonly host: Host; readonly app: App; readonly sources: Sources };

/** A stage of the config: what the user wrote, checked, with every default filled in. */
export type Config = {
  /** Absolute path of the config; for messages. */
  readonly file: string;
  /** Absolute path of its directory: relative paths in it start here. */
  readonly directory: string;
  readonly stage: string;
  /** Never empty. */
  readonly hosts: readonly [ConfiguredHost, ...ConfiguredHost[]];
  readonly ssh: SshSettings;
  /** `undefined`: all hosts at once. */
  readonly rolling: Rolling | undefined;
  /** `undefined` stands for `deploy()`; then `pre` and `post` go in. */
  readonly tasks: Tasks | undefined;
  /** A hook, or the absolute path of a bash script. */
  readonly pre: Hook | string | undefined;
  readonly post: Hook | string | undefined;
  /** As written or given on the command line; `undefined`: `findVersion` asks git. */
  readonly version: string | undefined;
  /** As written: where the app answers. */
  readonly url: string | undefined;
  /** Of scripts that tasks name. */
  readonly trust: TrustCheck;
  /** What is to be known of it, in sentences. */
  readonly warnings: readonly string[];
};

/** What the command line says over the config. */
export type Overrides = {
  readonly version?: string | undefined;
  /** From the current directory. */
  readonly dist?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Names or globs of the hosts to take; all others are left out. */
  readonly only?: readonly string[] | undefined;
  /** Names or globs of the hosts to leave out. */
  readonly except?: readonly string[] | undefined;
};
