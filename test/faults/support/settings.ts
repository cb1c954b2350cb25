/** The example app with its slow answers, which hold a drain. `more` is TypeScript after it; `env` joins the variables. */
export function debugSettings(more = "", env = ""): string {
  return `health: { command: true, http: "/healthz", timeout: "60s", settle: "0s" },
  env: { LINK_SHORTENER_DEBUG: "true", LINK_SHORTENER_DATA: "/var/lib/link-shortener/links.ndjson", ${env} },
  ${more}`;
}
