# shellcheck shell=bash
# Defines `bg_nap SECONDS` for a loop: bash waits for a packet where none ever comes, from a port that is for throwing away
# (RFC 863) and that none is sent to. A `sleep` is a process for each look, a millisecond of a host that many loops may share.
# Where bash has no such sockets, it sleeps. So does one before 5.2: there a signal ends a read in time, and where it comes just
# before the read begins to wait (seen on a busy host), that waits for ever. Since 5.2 bash asks select(2).
if [ $((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1])) -lt 502 ]; then
  bg_nap() { sleep "$1"; }
else
  bg_silent=
  bg_nap() {
    [ -n "$bg_silent" ] || exec {bg_silent}<>/dev/udp/127.0.0.1/9
    read -r -t "$1" -u "$bg_silent"
    [ $? -gt 128 ] || sleep "$1"
  } 2>/dev/null
fi
