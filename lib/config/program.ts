import { accessSync, closeSync, constants, openSync, readSync, readdirSync, readlinkSync } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Problem } from "../model/problem.ts";
import { here, problem } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import { windowsLines } from "./line-ends.ts";

/** A build's program: what keeps Linux from starting it, and the CPUs that it is made for, where that is known. */
export type Program = { readonly problems: readonly Problem[]; readonly cpu: string | undefined };

const unfit = (...problems: readonly Problem[]): Program => ({ problems, cpu: undefined });

/** Reads the program that systemd will start: what it says of a wrong one on the host is "Exec format error", or "No such file". */
export async function readProgram(path: string, dist: string): Promise<Program> {
  const found = await stat(path).catch(() => undefined);
  const shown = relative(dist, path);
  if (found === undefined) {
    const link = await lstat(path).then(
      (each) => (each.isSymbolicLink() ? readlinkSync(path) : undefined),
      () => undefined,
    );
    if (link !== undefined) return unfit(problem(`dist: ${path} is a symlink to ${link}, which does not exist`));
    return unfit(
      problem(`dist: there is no ${shown} in ${dist}. Build the app, or set its program with exec: { name: "…" }`),
    );
  }
  if (!found.isFile()) return unfit(problem(`dist: ${path} is not a file`));
  // A Mac takes other letters for the same.
  const name = basename(path);
  const other = readdirSync(dirname(path)).find((each) => each !== name && each.toLowerCase() === name.toLowerCase());
  if (other !== undefined && !readdirSync(dirname(path)).includes(name))
    return unfit(
      problem(`dist: there is no ${shown} in ${dist}, only ${join(dirname(shown), other)}. Rename one of them`),
    );
  if (!isExecutable(path))
    return unfit(problem(`dist: ${path} is not executable`, "Type", here(`chmod +x ${quote(path)}`)));
  return readContent(path, await realpath(dist));
}

function isExecutable(path: string): boolean {
  try {
    // Root may read what has no bit at all, but may not execute it.
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** More of a script is not looked at for the ends of its lines. */
const mostRead = 64 * 1024;

function readContent(path: string, dist: string): Program {
  const bytes = beginOf(path);
  if (bytes === undefined) return { problems: [], cpu: undefined };
  const other = foreign.find(({ begins }) => begins.some((each) => bytes.subarray(0, each.length).equals(each)));
  if (other !== undefined) return unfit(problem(`dist: ${path} is a program for ${other.system}. Build it for Linux`));
  if (bytes.subarray(0, 4).equals(elf)) return { problems: [], cpu: cpuOf(bytes) };
  return unfit(...scriptProblems(path, bytes.toString("latin1"), dist));
}

function scriptProblems(path: string, text: string, dist: string): readonly Problem[] {
  const [line = ""] = text.split("\n", 1);
  if (text.startsWith("\u00EF\u00BB\u00BF#!"))
    return [
      problem(
        `dist: ${path} begins with a byte order mark, so Linux does not see its #!. Save it as UTF-8 without one`,
      ),
    ];
  if (!line.startsWith("#!"))
    return [
      problem(
        `dist: ${path} is neither a Linux program nor a script with a first line such as #!/usr/bin/env node: the host could not start it ("Exec format error")`,
      ),
    ];
  const [interpreter = "", argument = ""] = line.slice(2).trim().split(/\s+/);
  const shell = basename(interpreter) === "env" ? argument : basename(interpreter);
  if (line.endsWith("\r") || (/^(?:ba|da|k|z|a)?sh$/.test(shell) && windowsLines(text)))
    return [windowsProblem(`dist: ${path}`, path)];
  if (interpreter === "") return [problem(`dist: ${path} names no program after its #!, so the host cannot start it`)];
  const isHere = /^\/(?:Users|opt\/homebrew)\//.test(interpreter) || interpreter.startsWith(`${dist}/`);
  if (isHere)
    return [
      problem(
        `dist: ${path} starts with #!${interpreter}, which exists only on this machine. Use #!/usr/bin/env ${basename(interpreter)}, or build it on Linux`,
      ),
    ];
  return [];
}

/** What git's autocrlf makes of a script on Windows. */
export function windowsProblem(what: string, path: string): Problem {
  const fix = here(`perl -pi -e 's/\\r$//' ${quote(path)}`);
  return problem(
    `${what} has Windows line endings (CR LF), which Linux reads as part of each line. Prevent them with a .gitattributes that contains "* text=auto eol=lf"`,
    "To fix this file",
    fix,
  );
}

/** `undefined` where it may not be read: systemd then says more than we know. */
function beginOf(path: string): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const buffer = Buffer.alloc(mostRead);
    return buffer.subarray(0, readSync(file, buffer));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const elf = Buffer.from("\u007FELF", "latin1");

/** Their first bytes: Mach-O, thin and fat, in both orders; and MZ, which stands before PE. */
const foreign = [
  {
    system: "macOS",
    begins: ["cffaedfe", "cefaedfe", "feedfacf", "feedface", "cafebabe", "cafebabf"].map((hex) =>
      Buffer.from(hex, "hex"),
    ),
  },
  { system: "Windows", begins: [Buffer.from("MZ")] },
] as const;

/** `e_machine` of elf(5), and what `uname -m` says where such a program runs. */
const cpus: Readonly<Record<number, string>> = {
  3: "i686",
  8: "mips",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x86_64",
  183: "aarch64",
  243: "riscv64",
  258: "loongarch64",
};

function cpuOf(bytes: Buffer): string | undefined {
  if (bytes.length < 20) return undefined;
  const isBig = bytes[5] === 2;
  const machine = isBig ? bytes.readUInt16BE(18) : bytes.readUInt16LE(18);
  const name = cpus[machine];
  return name === "ppc64" && !isBig ? "ppc64le" : name;
}
