/** How many hosts are connected to at once: sshd begins to refuse at ten unauthenticated connections (MaxStartups 10:30:100), and a jump host sees all of ours. */
export const handshakes = 8;
