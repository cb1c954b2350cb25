import type { Command } from "../model/command.ts";
import type { Layout } from "../model/layout.ts";
import type { Line } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import { printable } from "../model/printable.ts";

const context = 2;

/** Pairs of lines that are compared: each costs four bytes. */
const mostPairs = 4_000_000;

/** Files that the probe reads whole, by the names that facts and layout share. */
const knownFiles = ["backend", "variant", "unit", "vhost", "sudoers"] as const;

type Edit = { readonly sign: "+" | "-" | " "; readonly text: string };

/**
 * What a command changes in a file that the probe has read, as lines to print; of an environment file the names alone.
 * Empty for commands that write no such file.
 */
export function fileChange(command: Command, target: Target): readonly string[] {
  const { path, content } = fileOf(command);
  if (content === undefined) return [];
  const names = environmentNames(content);
  if (names.length > 0) return [`sets ${names.join(", ")}`];
  const file = knownFile(path, target.layout);
  if (file === undefined || content.raw !== content.shown) return [];
  const lines = diffLines(target.facts.files[file], content.shown);
  return lines.length === 0 ? ["(unchanged)"] : lines.map((line) => printable(line));
}

/** The path of the file that a command writes; empty for others. */
export function writtenPath(command: Command): string {
  return fileOf(command).path;
}

/**
 * A small unified diff: `+`, `-` and ` ` lines with two lines of context, `…` between distant changes; empty when both
 * are equal. A newline at the end makes no difference.
 */
export function diffLines(before: string | undefined, after: string): string[] {
  if (before === undefined) return ["(new file)", ...split(after).map((line) => `+${line}`)];
  const [old, fresh] = [split(before), split(after)];
  if (old.length * fresh.length > mostPairs) return [`(it has ${old.length} lines, too many to compare)`];
  const edits = compare(old, fresh);
  const near = (index: number): boolean =>
    edits.slice(Math.max(0, index - context), index + context + 1).some((edit) => edit.sign !== " ");
  const kept = edits.flatMap((edit, index) => (near(index) ? [{ index, line: edit.sign + edit.text }] : []));
  return kept.flatMap(({ index, line }, position) => {
    const previous = kept[position - 1];
    return previous !== undefined && previous.index < index - 1 ? ["…", line] : [line];
  });
}

/** The longest common subsequence, by the table of the lengths from each pair of lines on. */
function compare(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const fresh = after[j];
    if (old !== undefined && old === fresh) {
      edits.push({ sign: " ", text: old });
      i++;
      j++;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ sign: "-", text: old });
      i++;
    } else {
      edits.push({ sign: "+", text: fresh ?? "" });
      j++;
    }
  }
  return edits;
}

function split(text: string): readonly string[] {
  let end = text.length;
  while (text[end - 1] === "\n") end -= 1;
  const body = text.slice(0, end);
  return body === "" ? [] : body.split("\n");
}

function fileOf(command: Command): { readonly path: string; readonly content: Line | undefined } {
  if (command.kind === "write") return { path: command.path, content: command.content };
  if (command.kind === "sudo" && command.words[0] === "tee") {
    return { path: command.words.at(-1) ?? "", content: command.input };
  }
  return { path: "", content: undefined };
}

function knownFile(path: string, layout: Layout): (typeof knownFiles)[number] | undefined {
  return knownFiles.find((name) => layout[name] === path);
}

/** Names out of the text that `environmentFile` makes; none when any other text stands between them. */
function environmentNames({ shown }: Line): readonly string[] {
  const entry = /([A-Za-z_]\w*)=(?:(\[secret\])|"(?:[^"\\]|\\.)*")\n/gsy;
  const entries = [...shown.matchAll(entry)];
  const length = entries.reduce((sum, [text]) => sum + text.length, 0);
  return length === shown.length
    ? entries.map(([, name = "", secret = ""]) => (secret ? `${name}=${secret}` : name))
    : [];
}
