/** How ssh is called, apart from what bgdeploy adds. */
export type SshSettings = {
  /** Absolute path of an ssh_config; `undefined` for ssh's own. A `-F` among the user's flags ends up here. */
  readonly configFile: string | undefined;
  /** The user's flags, without any `-F`. */
  readonly flags: readonly string[];
};
