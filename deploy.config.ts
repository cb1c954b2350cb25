import { defineConfig } from "bgdeploy";

/** Deploys the example app: `npm run demo` and the tests use it, so it cannot go stale. */
export default defineConfig({
  app: "link-shortener",
  dist: "examples/link-shortener/dist",
  health: { command: true, http: "/healthz", timeout: "30s" },
  env: {
    LINK_SHORTENER_DEBUG: "true",
    LINK_SHORTENER_DATA: "/var/lib/link-shortener/links.ndjson",
  },
  // Both variants write here, and systemd makes it for their user.
  unit: { Service: { StateDirectory: "link-shortener" } },
  sshConfig: process.env["BGDEPLOY_SSH_CONFIG"] ?? "infra/ssh_config",
  stages: {
    production: { hosts: ["h*"] },
    private: { hosts: ["private-h*"] },
    root: { hosts: ["root-h*"] },
  },
});
