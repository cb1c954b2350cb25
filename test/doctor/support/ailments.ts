/** One way to break a host on which all is well, as root. `$LIVE` and `$IDLE` are its variants. */
export type Ailment = {
  readonly name: string;
  readonly harm: string;
  /** What the doctor says first of it; a finding that is not here fails the test. */
  readonly found: RegExp;
  /**
   * What it comes to where nobody listens to the doctor: a `run` is refused or fails, a `reboot` leaves nothing that serves;
   * or the next run does its work all the same, `repaired`.
   */
  readonly comes: "run" | "reboot" | "repaired";
  /** What a person does where the doctor's commands only look closer. */
  readonly byHand?: string;
};

const app = "/opt/link-shortener";
const unit = "link-shortener@";
const units = "/etc/systemd/system";

export const ailments: readonly Ailment[] = [
  {
    name: "the environment of the live variant is gone",
    harm: `rm ${app}/environment-$LIVE`,
    found: /wrong +\/opt\/link-shortener\/environment-\w+ is missing, and \S+ cannot start without it\n/,
    comes: "reboot",
  },
  {
    name: "the live unit is masked behind systemd's back",
    harm: `ln -s /dev/null ${units}/${unit}$LIVE.service`,
    found:
      /wrong +\S+ is masked \(\/etc\/systemd\/system\/\S+ leads to \/dev\/null\), so systemd refuses to start it\n/,
    comes: "reboot",
  },
  {
    name: "the idle unit is masked",
    harm: `systemctl mask -q ${unit}$IDLE`,
    found: /wrong +\S+ is masked \(\/etc/,
    comes: "run",
  },
  {
    name: "the idle unit is masked until the next boot",
    harm: `systemctl mask -q --runtime ${unit}$IDLE`,
    found: /wrong +\S+ is masked \(\/run/,
    comes: "run",
  },
  {
    name: "the template is masked",
    harm: `rm ${units}/${unit}.service; ln -s /dev/null ${units}/${unit}.service; systemctl daemon-reload`,
    found: /wrong +\S+ is masked \(\/etc\/systemd\/system\/link-shortener@\.service leads to/,
    comes: "run",
  },
  {
    name: "the template is gone",
    harm: `rm ${units}/${unit}.service`,
    found: /wrong +there is no \S+@\.service: \S+ cannot start again\n/,
    comes: "reboot",
  },
  {
    name: "a unit of its own stands in for the idle variant's",
    harm: `printf '[Service]\\nExecStart=/bin/false\\n' >${units}/${unit}$IDLE.service; systemctl daemon-reload`,
    found: /wrong +\S+ replaces \S+@\.service: systemd uses it/,
    comes: "run",
  },
  {
    name: "a drop-in keeps the service from starting",
    harm: `mkdir -p ${units}/${unit}.service.d; printf '[Service]\\nExecStartPre=/bin/false\\n' >${units}/${unit}.service.d/x.conf; systemctl daemon-reload`,
    found: /warning +\S+x\.conf extends the unit; bgdeploy does not read it\n/,
    comes: "reboot",
    byHand: `rm -r ${units}/${unit}.service.d; systemctl daemon-reload`,
  },
  {
    name: "the live variant is not enabled",
    harm: `systemctl disable -q ${unit}$LIVE`,
    found: /wrong +after a reboot nothing would start, but \w+ is live\n/,
    comes: "reboot",
  },
  {
    name: "nginx is masked",
    harm: `ln -s /dev/null ${units}/nginx.service`,
    found: /wrong +nginx does not start at boot/,
    comes: "reboot",
  },
  {
    name: "the live release is gone",
    harm: `mv ${app}/versions/$(readlink ${app}/versions/current-$LIVE) /root/release`,
    found: /wrong +\S+current-\w+ points to a release that no longer exists/,
    comes: "reboot",
    byHand: `mv /root/release ${app}/versions/$(readlink ${app}/versions/current-$LIVE)`,
  },
  {
    name: "the live release has lost its program",
    harm: `mv ${app}/versions/current-$LIVE/bin /root/bin`,
    found: /wrong +the live release no longer has its program/,
    comes: "reboot",
    byHand: `mv /root/bin ${app}/versions/current-$LIVE/bin`,
  },
  {
    name: "the program may not be started",
    harm: `chmod a-x ${app}/versions/current-$LIVE/bin/link-shortener`,
    found: /wrong +link-shortener, the user of the service, cannot start \S+bin\/link-shortener \(-rw-r--r--\)/,
    comes: "reboot",
  },
  {
    name: "the service may not look into the destination",
    harm: `chmod 700 ${app}`,
    found: /wrong +link-shortener, the user of the service, cannot enter \/opt\/link-shortener \(drwx------\)/,
    comes: "run",
  },
  {
    name: "the versions are root's",
    harm: `chown root ${app}/versions`,
    found: /wrong +\/opt\/link-shortener\/versions belongs to root, not to deploy\n/,
    comes: "run",
  },
  {
    name: "an environment is root's",
    harm: `sed 's/="*800[12]"*$/=8009/' ${app}/environment-$LIVE >${app}/environment-$IDLE; chown root:root ${app}/environment-$IDLE; chmod 600 ${app}/environment-$IDLE`,
    found: /wrong +deploy cannot read or replace \S+environment-\w+: another user/,
    comes: "run",
  },
  {
    name: "the state's files are root's",
    harm: `chown root ${app}/.bgdeploy/*`,
    found: /wrong +deploy cannot read or replace \S+\.bgdeploy\/\S+/,
    comes: "run",
  },
  {
    name: "a directory stands where a link belongs",
    harm: `rm -f ${app}/versions/current-$IDLE; mkdir ${app}/versions/current-$IDLE; chown deploy ${app}/versions/current-$IDLE`,
    found: /wrong +\S+current-\w+ is in the way: a link belongs there\n/,
    comes: "run",
  },
  {
    name: "a file stands where systemd makes the state's directory",
    harm: "mv /var/lib/link-shortener /root/data; touch /var/lib/link-shortener",
    found: /wrong +\/var\/lib\/link-shortener is in the way: systemd needs a directory there\n/,
    comes: "run",
    byHand: "rm -r /var/lib/link-shortener*; mv /root/data /var/lib/link-shortener",
  },
  {
    name: "the destination is mounted read-only",
    harm: `mount --bind ${app} ${app}; mount -o remount,bind,ro ${app}`,
    found:
      /wrong +deploy cannot write to \/opt\/link-shortener, although it owns the directory\. It may be mounted read-only/,
    comes: "run",
    byHand: `umount -l ${app}`,
  },
  {
    name: "no program may start from the destination",
    harm: `mount --bind ${app} ${app}; mount -o remount,bind,noexec ${app}`,
    found: /wrong +\/opt\/link-shortener is mounted with noexec/,
    comes: "run",
    byHand: `umount -l ${app}`,
  },
  {
    name: "the file that nginx includes is gone",
    harm: `rm ${app}/backend.conf`,
    found:
      /wrong +cannot tell which variant is live: \S+backend\.conf, which tells nginx where to send requests, is missing/,
    comes: "run",
  },
  {
    name: "that file is root's alone",
    harm: `chown root ${app}/backend.conf; chmod 600 ${app}/backend.conf`,
    found: /wrong +deploy cannot read or replace \S+backend\.conf/,
    comes: "run",
  },
  {
    name: "the record is behind the traffic",
    harm: `echo $IDLE >${app}/variant`,
    found: /wrong +an earlier run did not finish/,
    comes: "repaired",
  },
];
