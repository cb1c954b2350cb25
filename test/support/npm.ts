/** What npm needs of our surroundings to reach its registry. */
const reach = /^(node_extra_ca_certs|ssl_cert_\w+|\w+_proxy|npm_config_(registry|cache|cafile|userconfig))$/i;

/** The environment in which a test runs npm. */
export const npmEnv: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value = ""]) => (reach.test(name) ? [[name, value]] : [])),
  ),
  npm_config_update_notifier: "false",
  npm_config_fund: "false",
  npm_config_audit: "false",
  // A request that hangs is tried again well before the program is given up.
  npm_config_fetch_timeout: "20000",
  npm_config_fetch_retry_mintimeout: "1000",
};
