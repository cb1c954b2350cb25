import { UserError } from "../../../lib/errors.ts";
import type { Surroundings } from "../../../lib/config/check.ts";
import { checkConfig } from "../../../lib/config/check.ts";
import type { WrittenConfig } from "../../../lib/config/define.ts";
import type { SshHosts } from "../../../lib/config/hosts.ts";
import type { Config, Overrides } from "../../../lib/config/resolved.ts";
import { unasked } from "../../../lib/config/ssh-word.ts";
import { trustAll } from "../../../lib/config/trust.ts";

export function someHosts(names: readonly string[], more: Partial<SshHosts> = {}): SshHosts {
  return {
    shown: "infra/ssh_config",
    isExplicit: true,
    names,
    covers: () => false,
    problem: undefined,
    unclear: [],
    ...more,
  };
}

/** A config at /projects/shop/deploy.config.ts, whose infra/ssh_config knows web1, web2, db1; scripts/ok.sh exists. */
export function around(more: Partial<Surroundings> = {}): Surroundings {
  return {
    file: "/projects/shop/deploy.config.ts",
    directory: "/projects/shop",
    env: { DATABASE_URL: "postgres://secret" },
    secrets: "needed",
    resolve: (path) => (path.startsWith("/") ? path : `/projects/shop/${path}`),
    resolveFromCwd: (path) => `/projects/shop/sub/${path}`,
    isFile: (path) => path === "/projects/shop/scripts/ok.sh",
    trust: trustAll,
    strictHostKeys: "accept-new",
    sshHosts: (file) =>
      Promise.resolve(file === undefined ? someHosts([], { isExplicit: false }) : someHosts(["web1", "web2", "db1"])),
    askSsh: () => Promise.resolve(unasked),
    ...more,
  };
}

export type Try = { readonly stage?: string; readonly overrides?: Overrides; readonly around?: Partial<Surroundings> };

export function check(written: WrittenConfig, more: Try = {}): Promise<Config> {
  return checkConfig(written, more.stage ?? "production", more.overrides ?? {}, around(more.around));
}

/** Every problem of a config, which may be of any shape. */
export async function problemsOf(written: unknown, more: Try = {}): Promise<readonly string[]> {
  try {
    await checkConfig(written, more.stage ?? "production", more.overrides ?? {}, around(more.around));
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

/** A stage that is sound, for tests about something else. */
export const production = { production: { hosts: ["shop.example"] } };
