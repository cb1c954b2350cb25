import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { App } from "../../lib/model/app.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { vhostText } from "../../recipes/index.ts";
import { anApp } from "../support/target.ts";

function vhost(options: Partial<App> = {}, mode: "reload" | "instant" = "reload"): string {
  const app = anApp(options);
  return vhostText(app, makeLayout(app.name, app.destination), mode);
}

const linesOf = (text: string, word: string): readonly string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${word} `));

const lineOf = (text: string, word: string): string | undefined =>
  text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line.startsWith(`${word} `));

test("the upstream is named after the app, and takes its servers from the backend file", () => {
  const text = vhost({ name: "link-shortener", destination: "/opt/link-shortener" });
  assert.match(text, "upstream link_shortener_backend {\n    include /opt/link-shortener/backend.conf;");
  assert.match(text, "proxy_pass http://link_shortener_backend;");
});

test("without a domain the site answers to every name, with one to that one", () => {
  assert.equal(
    ["listen", "server_name", "return"].flatMap((word) => linesOf(vhost(), word)),
    ["listen 80 default_server;", "listen [::]:80 default_server;", "server_name _;", "return 599;"],
  );
  const text = vhost({ domain: "shop.example" });
  assert.equal(
    ["listen", "server_name", "return"].flatMap((word) => linesOf(text, word)),
    ["listen 80;", "listen [::]:80;", "server_name shop.example;", "return 444;", "return 599;"],
  );
  assert.is(lineOf(text, "if ($host"), 'if ($host != "shop.example") {');
  assert.is(lineOf(vhost({ domain: "*.Shop.example" }), "if ($host"), String.raw`if ($host !~ "\.shop\.example$") {`);
});

test("a host without IPv6 gets a site that nginx can start there", () => {
  const app = anApp();
  const text = vhostText(app, makeLayout(app.name, app.destination), "reload", false);
  assert.equal(linesOf(text, "listen"), ["listen 80 default_server;"]);
});

test("the headers of the spec are a choice", () => {
  const shown = (site: App["site"]): readonly string[] =>
    linesOf(vhost({ site }), "add_header").filter((line) => line.includes('"X-Frame') || line.includes('"X-XSS'));
  assert.equal(shown({ frameOptions: "DENY", xssProtection: "1; mode=block" }), [
    'add_header "X-Frame-Options" "DENY" always;',
    'add_header "X-XSS-Protection" "1; mode=block" always;',
  ]);
  assert.equal(shown({ frameOptions: "SAMEORIGIN", xssProtection: false }), [
    'add_header "X-Frame-Options" "SAMEORIGIN" always;',
  ]);
});

test("an instant site names the sockets, where the app listens there", () => {
  const text = vhost({ listen: "socket" }, "instant");
  const servers = [...text.matchAll(/^ {4}server (.*);$/gm)].map(([, server]) => server);
  const [blue, green] = ["blue", "green"].map((variant) => `unix:/run/shop/${variant}/app.sock max_fails=0`);
  assert.equal(servers, [blue, `${green} backup`, green, `${blue} backup`]);
});

test("static files come from the live release; what it does not have, the app is asked for", () => {
  const text = vhost();
  const location = text.slice(text.indexOf("location /static/"));
  assert.is(lineOf(location, "root"), "root /opt/shop/versions/current;");
  assert.is(lineOf(location, "try_files"), "try_files $uri @app;");
});

test("an included file cannot be made twice: braces are even", () => {
  const text = vhost();
  assert.is(text.split("{").length, text.split("}").length);
});

test("nginx finds the site right", () => {
  if (spawnSync("nginx", ["-v"]).error) return;
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  try {
    mkdirSync(join(directory, "logs"));
    writeFileSync(join(directory, "backend.conf"), "server 127.0.0.1:8001;\n");
    const modes = ["reload", "instant"] as const;
    for (const [domain, mode] of modes.flatMap(
      (mode) =>
        [
          [undefined, mode],
          ["shop.example", mode],
        ] as const,
    )) {
      writeFileSync(
        join(directory, "site.conf"),
        vhost({ destination: directory, domain }, mode)
          .replace("listen 80", "listen 127.0.0.1:18080")
          .replace("listen [::]:80", "listen [::1]:18080"),
      );
      const config = join(directory, "nginx.conf");
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (each) => `${each}_temp_path ${directory}/${each};`,
      );
      const http = `access_log off; ${temporary.join(" ")} include ${directory}/site.conf;`;
      writeFileSync(config, `pid ${directory}/pid;\nerror_log stderr;\nevents {}\nhttp { ${http} }\n`);
      const { stderr } = spawnSync("nginx", ["-t", "-q", "-p", directory, "-c", config], { encoding: "utf8" });
      assert.not.match(stderr, /\[(emerg|warn|error)\].*site\.conf|test failed/);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
