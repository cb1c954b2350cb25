import { printable } from "../model/printable.ts";

/** Why a connection did not come about: what to say, and whether a person at the terminal could help. */
export type ConnectProblem = {
  readonly reason: string;
  /** In words; `type` is the command in it, where there is one. */
  readonly mend: string;
  readonly type: string | undefined;
  /** A passphrase, a password, a second factor or a yes to a host key may be all that is missing. */
  readonly askable: boolean;
  /** The server was busy: trying again may do. */
  readonly busy: boolean;
};

/** The host, and what to type before its name: `ssh -F infra/ssh_config`. */
type Place = {
  readonly host: string;
  readonly ssh: string;
  /** Are host keys pinned, or should they be? */
  readonly pinning: "none" | "wanted" | "done";
  /** What the host printed in place of letting us in. */
  readonly said?: string;
};

/** Reads ssh's own words (stderr) when a session did not begin. `status` is ssh's exit status. */
export function connectProblem(place: Place, stderr: string, status: number | null): ConnectProblem {
  const text = stderr.replaceAll("\r", "").trim();
  const known = table.find((row) => row.pattern.test(text) && (row.status === undefined || row.status === status));
  if (known) {
    const [lead, type, rest = ""] = known.mend(place, text);
    return {
      reason: known.reason(text, place),
      mend: type === undefined ? lead : `${lead}: ${type}${rest}`,
      type,
      askable: known.askable ?? false,
      busy: known.busy ?? false,
    };
  }
  const answer = hostsAnswer(place);
  if (answer !== undefined && status !== 255) {
    const mend = connectAs(answer);
    return {
      reason: `the login is refused with this message: ${answer}`,
      mend,
      type: undefined,
      askable: false,
      busy: false,
    };
  }
  const last = text.split("\n").at(-1) ?? "";
  const [lead, type] = look(place);
  return {
    reason: last === "" ? `ssh ended with status ${status}` : last,
    mend: `${lead}: ${type}`,
    type,
    askable: false,
    busy: false,
  };
}

/** Words, the command that they lead to, and what is to be added. */
type Mend = readonly [lead: string, type?: string | undefined, rest?: string];

type Row = {
  readonly pattern: RegExp;
  readonly status?: number;
  readonly reason: (text: string, place: Place) => string;
  readonly mend: (place: Place, text: string) => Mend;
  readonly askable?: boolean;
  readonly busy?: boolean;
};

/** The first row that fits wins. */
const table: readonly Row[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    reason: (text) =>
      `its host key has changed${fileOf(text)}. Someone may be intercepting the connection, or the host was reinstalled`,
    mend: (place, text) => [
      "If it was reinstalled, remove the old key",
      forget(place, text),
      place.pinning === "done" ? ", and pin the new one: bgdeploy doctor <stage> --pin" : "",
    ],
  },
  {
    pattern: /host key is known for .* strict checking/,
    reason: (text, { pinning }) => {
      const name = /host key is known for (\S+) and/.exec(text)?.[1];
      if (pinning === "none") return "its host key is unknown, and your ssh_config allows only known hosts";
      return pinning === "done"
        ? `the host key of ${name} is not pinned`
        : `the host key of ${name} is unknown, and in CI only known keys are accepted`;
    },
    mend: ({ host, ssh, pinning }) => {
      if (pinning === "none")
        return ["Compare its fingerprint and accept it once", `${ssh} -o StrictHostKeyChecking=ask ${host}`];
      const rest = pinning === "done" ? "" : ', and with knownHosts: "infra/known_hosts" in the config';
      return ["Pin it in the repository, from a machine that knows the host", "bgdeploy doctor <stage> --pin", rest];
    },
  },
  {
    pattern: /Host key verification failed/,
    reason: () => "its host key is unknown, and your ssh_config asks before accepting one",
    mend: ({ host, ssh }) => ["Connect once by hand and compare the fingerprint", `${ssh} ${host}`],
    askable: true,
  },
  {
    pattern: /No user exists for uid (\d+)/,
    reason: (text) =>
      `ssh cannot run as uid ${/for uid (\d+)/.exec(text)?.[1]}, because this machine has no user with that uid`,
    mend: () => ["Run as an existing user, or add the user to /etc/passwd when you build the image"],
  },
  {
    // In the words of glibc, musl and the BSDs; `EAI_AGAIN` and `EAI_FAIL` of getaddrinfo(3).
    pattern: /Could not resolve hostname \S+?:? (?:Temporary failure|Try again|Non-recoverable)/,
    reason: (text) => `the name server did not answer for ${/resolve hostname (\S+?):? /.exec(text)?.[1]}`,
    mend: () => ["Check this machine's network and its name server"],
    busy: true,
  },
  {
    pattern: /Could not resolve hostname (\S+?):?(?: |$)/m,
    reason: (text) => `there is no host named ${/resolve hostname (\S+?):?(?: |$)/m.exec(text)?.[1]}`,
    mend: () => ["Check `hosts` in deploy.config.ts, and the HostName in your ssh_config"],
  },
  {
    pattern: /Permission denied \(([^)]*)\)|Too many authentication failures/,
    reason: (text) =>
      `ssh login failed (${/Permission denied \(([^)]*)\)/.exec(text)?.[1] ?? "too many keys were tried"})`,
    mend: ({ host, ssh }) => [
      "Check the user and the key",
      `${ssh} ${host}`,
      ". For a key with a passphrase, use a terminal, or add the key once: ssh-add",
    ],
    askable: true,
  },
  {
    pattern: /Password change required|password has expired/i,
    reason: () => "the user's password has expired and must be changed first",
    mend: ({ host, ssh }) => ["Change it", `${ssh} -t ${host}`],
  },
  {
    pattern: /terminating, \d+ bad configuration options/,
    reason: (text) => `ssh rejects its configuration: ${text.split("\n")[0]}`,
    mend: ({ host, ssh }) => ["To inspect", `${ssh} -G ${host}`],
  },
  {
    pattern: /Connection refused/,
    reason: () => "connection refused: no sshd is listening",
    mend: look,
    busy: true,
  },
  {
    pattern: /bgdeploy: no answer within/,
    reason: (text, place) => {
      const answer = hostsAnswer(place);
      const printed = answer === undefined ? "" : `. It printed: ${answer}`;
      return `sshd or the login shell gave ${/no answer within .*/.exec(text)?.[0]}; a start-up file such as .bashrc may be waiting for input${printed}`;
    },
    mend: look,
  },
  {
    pattern: /timed out|No route to host|Network is unreachable|Connection timeout/i,
    reason: () => "unreachable",
    mend: ({ host }) => [`Is it up? To continue without it: --except ${host}`],
  },
  {
    pattern: /kex_exchange_identification|Connection reset|Connection closed by|Exceeded MaxStartups/,
    reason: () => "sshd closed the connection before login (too many connections, or a firewall)",
    mend: look,
    busy: true,
  },
  {
    pattern: /ControlPath too long|too long for Unix domain socket/,
    reason: () => "the path of the ssh control socket is too long",
    mend: () => ["Set TMPDIR to a shorter directory"],
  },
  {
    pattern: /\bssh: not found/,
    status: 127,
    reason: () => "ssh is not installed on this machine",
    mend: () => ["Install OpenSSH's client"],
  },
  {
    pattern: /(?:)/,
    status: 127,
    reason: () => "bash is not installed",
    mend: ({ host, ssh }) => ["Install it", `${ssh} ${host} sudo apt-get install bash`],
  },
];

function fileOf(text: string): string {
  const file = /Offending .* key in (\S+)/.exec(text)?.[1];
  return file === undefined ? "" : ` (it differs from ${file})`;
}

/** ssh looks a host up by its HostKeyAlias, or `[name]:port`; it says which (sshconnect.c). */
function forget({ host }: Place, text: string): string {
  const file = /Offending .* key in (\S+):\d+/.exec(text)?.[1];
  const name = /Host key for (\S+) has changed/.exec(text)?.[1] ?? host;
  return `ssh-keygen ${file === undefined ? "" : `-f ${file} `}-R '${name}'`;
}

/** The host's own words: a cloud's image that refuses root tells the user to take. */
function hostsAnswer({ said = "" }: Place): string | undefined {
  const words = said.slice(0, 2000).trim().replaceAll(/\s+/g, " ");
  return words === "" ? undefined : printable(words.slice(0, 300)).replace(/\.$/, "");
}

/** @param answer as `Please login as the user "ubuntu" rather than the user "root".` */
function connectAs(answer: string): string {
  const names = [...answer.matchAll(/\buser(?:name)? (?:["'`]([a-z_][\w-]{0,31})["'`]|([a-z_][\w-]{0,31}))/g)];
  const user = names.map(([, quoted, bare]) => quoted ?? bare ?? "").find((each) => !noUsers.has(each)) ?? "USER";
  const lead = user === "USER" ? "Connect as another user" : `Connect as ${user}`;
  return `${lead}: --as ${user} for setup, else User ${user} in the ssh_config. With full sudo that is enough for setup, too`;
}

/** Words that follow `user` in a sentence, and whom one need not try again. */
const noUsers = new Set(
  "root account accounts name names is are may must can cannot has have not to with and or of on in for rather".split(
    " ",
  ),
);

function look({ host, ssh }: Place): readonly [lead: string, type: string] {
  return ["To inspect", `${ssh} -v ${host}`];
}
