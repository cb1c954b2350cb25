import { defineConfig } from "bgdeploy";

/** Deploys the example app: `npm run demo` and the tests use it, so it cannot go stale. */
export default defineConfig({
  app: "link-shortener",
  dist: "examples/link-shortener/dist",
  health: { command: true, http: "/healthz", timeout: "30s" },
  env: { LINK_SHORTENER_DEBUG: "true" },
  // Both variants keep the links in /var/lib/link-shortener; it is the only place where they may write.
  state: true,
  sshConfig: process.env["BGDEPLOY_SSH_CONFIG"] ?? "infra/ssh_config",
  stages: {
    production: { hosts: ["h*"] },
    private: { hosts: ["private-h*"] },
    root: { hosts: ["root-h*"] },
  },
});
