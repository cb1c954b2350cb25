const { readFileSync } = require("node:fs");

const { APP, DEST, BLUE, GREEN, KEEP, DIST, VERSION, VALUES, SERVERS, KEY, KNOWN_HOSTS } = process.env;
const release = `${DEST}/versions/${VERSION}`;
const script = (name, word) =>
  `printf %s ${Buffer.from(readFileSync(name)).toString("base64")} | base64 -d | bash -s ${word}`;
// What the first step found stands on the host, for a command here goes to all hosts alike.
const known = `cd ${DEST} && . ./.variants && `;

module.exports = (shipit) => {
  shipit.initConfig({
    bench: {
      servers: JSON.parse(SERVERS).map((server) => ({
        ...server,
        extraSshOptions: { UserKnownHostsFile: KNOWN_HOSTS, LogLevel: "ERROR" },
      })),
      key: KEY,
      strict: "no",
    },
  });

  shipit.blTask("look", () =>
    shipit.remote(
      `cd ${DEST} && case "$(cat backend.conf)" in *:${BLUE}\\;) l=blue i=green p=${GREEN} ;; *) l=green i=blue p=${BLUE} ;; esac; ` +
        `systemctl -q is-active ${APP}@$l || { l=none i=blue p=${BLUE}; }; printf 'live=%s idle=%s port=%s\\n' $l $i $p >.variants`,
    ),
  );

  shipit.blTask("send", async () => {
    await shipit.remote(`mkdir -p ${release}`);
    await shipit.copyToRemote(`${DIST}/`, `${release}/`, {
      rsync: ["--checksum", "--no-times", "--whole-file", `--link-dest=${DEST}/versions/current/`],
    });
  });

  shipit.blTask("install", async () => {
    const unit = Buffer.from(readFileSync("unit")).toString("base64");
    const values = Buffer.from(`HOST=127.0.0.1\n${VALUES}\n`).toString("base64");
    await shipit.remote(`${known}ln -sfn ${release} versions/current-$idle`);
    await shipit.remote(
      `${known}( umask 077; { echo PORT=$port; echo ${values} | base64 -d; } >environment-$idle.new ) && mv environment-$idle.new environment-$idle`,
    );
    await shipit.remote(
      `${known}echo ${unit} | base64 -d >unit.new; cmp -s unit.new /etc/systemd/system/${APP}@.service || { sudo cp unit.new /etc/systemd/system/${APP}@.service && sudo systemctl daemon-reload; }`,
    );
  });

  shipit.blTask("start", async () => {
    await shipit.remote(`${known}sudo systemctl stop ${APP}@$idle; sudo systemctl start ${APP}@$idle`);
    await shipit.remote(`${known}${script("wait-health.sh", "$port")}`);
    await shipit.remote(`${known}sudo systemctl enable ${APP}@$idle`);
  });

  shipit.blTask("switch", async () => {
    await shipit.remote(`${known}echo "server 127.0.0.1:$port;" >backend.conf.new && mv backend.conf.new backend.conf`);
    await shipit.remote(`sudo /usr/sbin/nginx -t`);
    await shipit.remote(`sudo systemctl reload nginx`);
    await shipit.remote(`${known}ln -sfn "$(readlink versions/current-$idle)" versions/current`);
  });

  shipit.blTask("stop", async () => {
    await shipit.remote(script("wait-drain.sh", ""));
    await shipit.remote(
      `${known}[ $live = none ] || { sudo systemctl stop ${APP}@$live; sudo systemctl disable ${APP}@$live; }`,
    );
    const linked = ["blue", "green"].map((variant) => `-e "$(basename "$(readlink current-${variant})")"`).join(" ");
    await shipit.remote(
      `cd ${DEST}/versions && ls -1dt r* | tail -n +${Number(KEEP) + 1} | grep -vxF ${linked} | xargs -r rm -rf`,
    );
  });

  shipit.task("deploy", ["look", "send", "install", "start", "switch", "stop"]);
  shipit.task("rollback", ["look", "start", "switch", "stop"]);
};
