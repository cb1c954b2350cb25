/** What a failed start left in the journal, as the host's script prints it. */
export type LastWords = {
  readonly unit: string;
  /** What the app said, or where it said nothing, what systemd said of it. */
  readonly app: readonly string[];
  readonly systemd: readonly string[];
  readonly hints: readonly string[];
};

/** The lines behind the script's own sentence; `undefined` where there are none. */
export function lastWordsOf(lines: readonly string[]): LastWords | undefined {
  const [head = ""] = lines;
  const unit = /^The last lines of (\S+):$/.exec(head)?.[1];
  if (unit === undefined) return undefined;
  const hintAt = lines.findIndex((line) => line.startsWith("Hint: "));
  const said = hintAt === -1 ? lines.slice(1) : lines.slice(1, hintAt);
  const at = said.lastIndexOf("systemd says:");
  return {
    unit,
    app: at === -1 ? said : said.slice(0, at),
    systemd: at === -1 ? [] : said.slice(at + 1),
    hints: hintAt === -1 ? [] : lines.slice(hintAt).map((line) => line.replace(/^Hint: /, "")),
  };
}

/** Why a new version did not come up, in words; `undefined` where nothing says so. */
export function causeOf(words: LastWords): string | undefined {
  const { app, systemd } = words;
  const all = [...systemd, ...app].join("\n");
  return unready(all) ?? killed(all) ?? crash(app)?.cause ?? ended(words);
}

/** The most lines of an app that are shown. */
const most = 20;

/** The last of the app's lines, with the one that says why and what follows it, wherever that stands. */
export function chosenLines(app: readonly string[]): readonly string[] {
  if (app.length <= most) return app;
  const at = crash(app)?.at ?? app.length;
  if (at >= app.length - most) return app.slice(-most);
  const [head, tail] = [app.slice(at, at + 8), app.slice(-(most - 9))];
  const left = app.length - at - head.length - tail.length;
  return left <= 1 ? app.slice(at, at + most) : [...head, `… ${left} more lines`, ...tail];
}

/** systemd waits for the app, and for the commands beside it. */
function unready(text: string): string | undefined {
  const ready = "READY=1 to systemd (sd_notify)";
  const beside = /: (start-pre|start-post) operation timed out/.exec(text)?.[1];
  if (beside !== undefined)
    return `a command of ${beside === "start-pre" ? "ExecStartPre" : "ExecStartPost"} did not end within TimeoutStartSec`;
  if (/reception only permitted for main PID/.test(text))
    return 'systemd ignored its READY=1, which another process than the main one sent. Accept it: unit: { Service: { NotifyAccess: "all" } }';
  if (/: start operation timed out/.test(text))
    return `it was not ready in time. With Type=notify the app must send ${ready} within TimeoutStartSec`;
  if (/result 'protocol'/.test(text)) return `it ended without sending ${ready}, which Type=notify waits for`;
  const status = /Control process exited, code=exited, status=(\d+)/.exec(text)?.[1];
  if (status === undefined || Number(status) >= 200) return undefined;
  return `a command that its unit runs beside it, such as ExecStartPre, exited with status ${status}`;
}

/** Whom the kernel or systemd ended says nothing of it. Statuses: systemd.exec(5). */
function killed(text: string): string | undefined {
  if (/OOM killer|result 'oom-kill'/.test(text)) return "it ran out of memory (killed by the kernel's OOM killer)";
  if (/203\/EXEC|Failed to execute|Unable to locate executable/.test(text)) {
    const why = /(?:Failed to execute|Unable to locate executable) .*/.exec(text)?.[0];
    const missing = why === undefined || /No such file/.test(why);
    return `systemd could not start its program${why === undefined ? "" : `: ${why}`}${missing ? ". Is it there, and the interpreter in its first line?" : ""}`;
  }
  const step = /status=(2\d\d)\/([A-Z_]+)/.exec(text);
  if (step !== null) return `systemd could not prepare it (${step[1]}/${step[2]})`;
  const signal = /code=(?:killed|dumped), status=\d+\/([A-Z0-9]+)/.exec(text)?.[1];
  return signal === undefined || signal === "TERM" ? undefined : `it was killed by SIG${signal}`;
}

type Crash = { readonly cause: string; readonly at: number };

/** How runtimes print what nobody caught. The first that is found counts: what follows comes of it. */
const uncaught: readonly RegExp[] = [
  /^panic: (.+)/,
  /^fatal error: (.+)/,
  /^(?:Exception in thread .*?|Unhandled exception\. ?)([\w.$]+(?:Exception|Error)\b.*)/,
  /^(?:PHP )?Fatal error: +(.+)/,
  /^(?:Uncaught )?(?:Error|error): (.+)/,
  /^(?:Uncaught )?((?:[A-Z]\w*)?(?:Error|Exception)(?: \[\w+\])?: .+)/,
  /^\S+:\d+:in [`'][^']*': (.+ \([\w:]+\))$/,
];

function crash(lines: readonly string[]): Crash | undefined {
  const trace = lines.findIndex((line) => line.startsWith("Traceback (most recent call last)"));
  if (trace !== -1) {
    // Python says the reason last, unindented.
    const at = lines.findIndex((line, index) => index > trace && /^\S/.test(line));
    const last = lines.findLastIndex((line) => /^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)(?::|$)/.test(line));
    const found = last > trace ? last : at;
    if (found !== -1) return { cause: lines[found] ?? "", at: found };
  }
  const rust = lines.findIndex((line) => /^thread '.*' (?:\(\d+\) )?panicked at /.test(line));
  if (rust !== -1) return { cause: lines[rust + 1] ?? lines[rust] ?? "", at: rust };
  const at = lines.findIndex((line) => uncaught.some((form) => form.test(line)));
  const line = lines[at];
  const match = uncaught.flatMap((form) => (line === undefined ? [] : (form.exec(line)?.[1] ?? [])))[0];
  return match === undefined ? undefined : { cause: match, at };
}

/** Is it one of systemd's own lines of this unit? */
export function isSystemds(line: string, unit: string): boolean {
  return line.startsWith(`${unit}: `) || /^(Started|Stopped|Starting|Stopping|Failed to start) /.test(line);
}

/** It ended by itself, without an error that is known by its form. */
function ended({ systemd, app, unit }: LastWords): string | undefined {
  const status = /code=exited, status=(\d+)/.exec(systemd.join("\n"))?.[1];
  // Of a success systemd tells no status.
  const isDone = [...systemd, ...app].some((line) => line.startsWith(`${unit}: Deactivated successfully`));
  if (status === "0" || isDone) return "it exited at once, with status 0. A service must stay in the foreground";
  const last = app.findLast((line) => !isSystemds(line, unit));
  if (status === undefined) return undefined;
  return `it exited with status ${status}${last === undefined || app.length > 1 ? "" : `: ${last}`}`;
}
