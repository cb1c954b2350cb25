/** How ssh is called, apart from what bgdeploy adds. */
export type SshSettings = {
  /** Absolute path of an ssh_config; `undefined` for ssh's own. A `-F` among the user's flags ends up here. */
  readonly configFile: string | undefined;
  /** The user's flags, without any `-F`. */
  readonly flags: readonly string[];
  /** Absolute path of the file that the hosts' keys are pinned in; `undefined`: ssh looks in its own files. */
  readonly knownHosts: string | undefined;
  /** What becomes of a host key that is not known, where the user's ssh_config says nothing. */
  readonly strictHostKeys: "accept-new" | "yes";
  /** The socket of an agent that is asked before all others, whatever the ssh_config says. */
  readonly agent?: string | undefined;
};
