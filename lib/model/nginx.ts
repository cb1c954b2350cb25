/**
 * The nginx of a host, which may be another build or package of it: openresty, angie, freenginx.
 *
 * All three end up in sudo rules, units and shell lines: they have no character that those read in another way.
 */
export type Nginx = {
  /** As systemctl takes it: `nginx`, `openresty.service`. */
  readonly unit: string;
  /** A name that is found by PATH, or an absolute path. */
  readonly binary: string;
  /** The directory of its nginx.conf: `/etc/nginx`. */
  readonly config: string;
};

/** As Debian and most others install it. */
export const usualNginx: Nginx = { unit: "nginx", binary: "nginx", config: "/etc/nginx" };

/** The unit's full name. */
export function nginxService({ unit }: Pick<Nginx, "unit">): string {
  return unit.endsWith(".service") ? unit : `${unit}.service`;
}

/** What a person types to have nginx take its configuration, once it is right. */
export function reloadByHand({ unit, binary }: Nginx): string {
  return `sudo ${binary} -t && sudo systemctl reload ${unit}`;
}
