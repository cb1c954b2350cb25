/** Why a connection did not come about: what to say, and whether a person at the terminal could help. */
export type ConnectProblem = {
  readonly reason: string;
  readonly mend: string;
  /** A passphrase, a password or a second factor may be all that is missing. */
  readonly askable: boolean;
  /** The server was busy: trying again may do. */
  readonly busy: boolean;
};

/** Reads ssh's own words (stderr) when a session did not begin. `status` is ssh's exit status. */
export function connectProblem(host: string, stderr: string, status: number | null): ConnectProblem {
  const text = stderr.trim();
  const known = table.find((row) => row.pattern.test(text));
  if (known) {
    return { reason: known.reason(text), mend: known.mend(host), askable: known.askable ?? false, busy: known.busy ?? false };
  }
  const last = text.split("\n").at(-1) ?? "";
  if (status === 127 || /not found/.test(last)) {
    return { reason: "there is no bash", mend: `Install it: ssh ${host} sudo apt-get install bash`, askable: false, busy: false };
  }
  return { reason: last === "" ? `ssh ended with status ${status}` : last, mend: look(host), askable: false, busy: false };
}

type Row = {
  readonly pattern: RegExp;
  readonly reason: (text: string) => string;
  readonly mend: (host: string) => string;
  readonly askable?: boolean;
  readonly busy?: boolean;
};

const table: readonly Row[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    reason: (text) => `its host key has changed${fileOf(text)}; someone may be listening in, or the host was made anew`,
    mend: (host) => `If it was made anew, forget the old key: ssh-keygen -R ${host}`,
  },
  {
    pattern: /Host key verification failed|No .* host key is known/,
    reason: () => "its host key is not known, and your ssh_config asks for known ones only",
    mend: (host) => `Connect once by hand and compare the fingerprint: ssh ${host}`,
  },
  {
    pattern: /Could not resolve hostname (\S+?):?(?: |$)/m,
    reason: (text) => `no host has the name ${/resolve hostname (\S+?):?(?: |$)/m.exec(text)?.[1]}`,
    mend: () => "Check `hosts` in deploy.config.ts, and the HostName in your ssh_config",
  },
  {
    pattern: /Permission denied \(([^)]*)\)|Too many authentication failures/,
    reason: (text) => `ssh was not let in (${/Permission denied \(([^)]*)\)/.exec(text)?.[1] ?? "too many keys were tried"})`,
    mend: (host) => `Check the user and the key: ssh ${host}. A key with a passphrase is asked for at a terminal, or add it once: ssh-add`,
    askable: true,
  },
  {
    pattern: /Connection refused/,
    reason: () => "the connection was refused: no sshd listens there",
    mend: look,
  },
  {
    pattern: /timed out|No route to host|Network is unreachable|Connection timeout/i,
    reason: () => "it could not be reached",
    mend: (host) => `Is it up? To go on without it: --except ${host}`,
  },
  {
    pattern: /kex_exchange_identification|Connection reset|Connection closed by|Exceeded MaxStartups/,
    reason: () => "sshd closed the connection before it began (too many at once, or a firewall)",
    mend: look,
    busy: true,
  },
  {
    pattern: /ControlPath too long|too long for Unix domain socket/,
    reason: () => "the path of the ssh control socket is too long",
    mend: () => "Set TMPDIR to a shorter directory",
  },
];

function fileOf(text: string): string {
  const file = /Offending .* key in (\S+)/.exec(text)?.[1];
  return file === undefined ? "" : ` (it differs from ${file})`;
}

function look(host: string): string {
  return `Look: ssh -v ${host}`;
}
