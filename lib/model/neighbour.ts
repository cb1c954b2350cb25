/** Another app on the host that bgdeploy or `raco koyo deploy` deploys, as its unit tells everybody who may log in there. */
export type Neighbour = {
  readonly name: string;
  /** The ports of its variants, none where it listens on sockets; `undefined`: its unit does not say, as those of other tools. */
  readonly ports: readonly number[] | undefined;
  /** Where that is so: the port that nginx is told, if its file may be read. */
  readonly live: number | undefined;
};
