const keep = "unknown key. Did you mean prune: { keep: 5 }?";
const health = 'unknown key. Did you mean health: { http: "/healthz" }?';
const ports = "unknown key. Did you mean ports: { blue: 8001, green: 8002 }?";
const env = "unknown key. Did you mean env: { … }?";
const destination = "unknown key. Did you mean destination?";
const state = "unknown key. Data that outlives a release goes into the app's own directory. Did you mean state: true?";
const dist = "unknown key. bgdeploy uploads a build from this machine, not a repository. Did you mean dist?";
const app = "unknown key. Did you mean app?";
const ssh = "unknown key. Did you mean sshConfig or sshFlags?";

/** What other tools call a key of ours, in a config and in each of its stages: what to write here. */
export const foreignKeys: Readonly<Record<string, string>> = {
  server: "unknown key. Did you mean hosts, in a stage?",
  servers: "unknown key. Did you mean hosts, in a stage?",
  roles: 'roles belong to a host. Write hosts: [{ name: "shop.example", roles: ["web"] }]',
  keep,
  keep_releases: keep,
  keepReleases: keep,
  retain_containers: keep,
  healthcheck: health,
  healthCheck: health,
  health_check: health,
  port: ports,
  app_port: ports,
  environment: env,
  default_env: env,
  deploy_to: destination,
  deployTo: destination,
  deploy_path: destination,
  deployPath: destination,
  shared: state,
  shared_dirs: state,
  linked_dirs: state,
  linkedDirs: state,
  repo_url: dist,
  repository: dist,
  repositoryUrl: dist,
  branch: dist,
  application: app,
  service: app,
  ssh,
  ssh_options: ssh,
  drain_timeout: 'unknown key. Did you mean drain: { timeout: "30s" }?',
  hooks: "unknown key. Did you mean pre or post?",
};
