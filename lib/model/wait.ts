/**
 * Sets `bg_client` to the process on which a session's shell hangs, sshd's of its connection; to the shell itself where that
 * one may not be asked for. For a session's first words: later the client may be gone, which looks the same.
 */
export const watchClientLine = "kill -0 $PPID 2>/dev/null && bg_client=$PPID || bg_client=$$";

/** Ends a wait whose client is gone: what nobody hears must not hold the lock. */
export const stopAloneLine = `kill -0 "\${bg_client:-$$}" 2>/dev/null || exit 1`;

/** The status with which a wait on a host ends when someone interrupts, or when another host has failed. */
export const waitEnded = 130;
