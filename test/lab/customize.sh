# Makes a fresh Debian into the hosts' base image; mmdebstrap's customize hook. $1: the image's root directory.
set -eu
umask 022

chroot "$1" sh -eu <<'INSIDE'
useradd --create-home --uid 1000 --shell /bin/bash --password '*' deploy
useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin link-shortener
install -d -m 700 /root/.ssh
install -d -m 700 -o deploy -g deploy /home/deploy/.ssh

rm -f /etc/nginx/sites-enabled/default
mkdir -p /var/log/journal

# Nothing here does work that a test wants; each would slow the boot down or start during a measurement.
systemctl mask -q getty@.service console-getty.service container-getty@.service getty.target \
  e2scrub_reap.service systemd-pstore.service systemd-networkd-wait-online.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer man-db.timer

cat > /etc/ssh/sshd_config.d/lab.conf <<'SSHD'
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
HostKey /etc/ssh/ssh_host_ed25519_key
SSHD

# Each host gets its own.
rm -f /etc/ssh/ssh_host_* /etc/hostname /etc/resolv.conf /var/lib/dbus/machine-id
: > /etc/machine-id

# Its absence is one line of complaint in the journal for every login.
touch /etc/default/locale
INSIDE
