import { rawLine } from "./shell.ts";

const silentNap = `bg_silent=; bg_nap() { [ -n "$bg_silent" ] || exec {bg_silent}<>/dev/udp/127.0.0.1/9; read -r -t "$1" -u "$bg_silent"; [ $? -gt 128 ] || sleep "$1"; } 2>/dev/null`;

/**
 * Defines `bg_nap SECONDS` for a loop on the host: bash waits for a packet where none ever comes, from a port that is for
 * throwing away (RFC 863) and that none is sent to. A `sleep` is a process for each look, a millisecond of a host that many
 * loops may share. Where bash has no such sockets, it sleeps.
 *
 * So does one before 5.2: there a signal ends a read in time, and where it comes just before the read begins to wait (seen on
 * a busy host), that waits for ever. Since 5.2 bash asks select(2).
 */
export const napLine = rawLine(
  `if [ $((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1])) -lt 502 ]; then bg_nap() { sleep "$1"; }; else ${silentNap}; fi`,
);

/**
 * Sets `bg_client` to the process on which a session's shell hangs, sshd's of its connection; to the shell itself where that
 * one may not be asked for. For a session's first words: later the client may be gone, which looks the same.
 */
export const watchClientLine = "kill -0 $PPID 2>/dev/null && bg_client=$PPID || bg_client=$$";

/** Ends a wait whose client is gone: what nobody hears must not hold the lock. */
export const stopAloneLine = `kill -0 "\${bg_client:-$$}" 2>/dev/null || exit 1`;

/** The status with which a wait on a host ends when someone interrupts, or when another host has failed. */
export const waitEnded = 130;
