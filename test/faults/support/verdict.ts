import type { Visits } from "./traffic.ts";

/** What is wrong with what visitors met: a failure, a version that was never good, or silence. */
export function judgeVisits(
  where: string,
  { good, failures, versions }: Visits,
  allowed: readonly string[],
): readonly string[] {
  const strange = Object.keys(versions).filter((version) => !allowed.includes(version));
  return [
    ...(failures.length === 0
      ? []
      : [`${where}: ${failures.length} or more requests failed, first: ${failures.slice(0, 3).join("; ")}`]),
    ...(good === 0 ? [`${where}: no request was answered`] : []),
    ...(strange.length === 0 ? [] : [`${where}: ${strange.join(", ")} answered`]),
  ];
}

/** Does an exit code tell the truth? 1 and 130: all old; 0 and 5: all new; 3 promises nothing. */
export function judgeExit(
  code: number | null,
  served: readonly string[],
  versions: { readonly old: string; readonly new: string },
): readonly string[] {
  const expected = code === 1 || code === 130 ? versions.old : code === 0 || code === 5 ? versions.new : undefined;
  if (expected === undefined) return code === 3 || code === null ? [] : [`the client ended with ${code}`];
  const wrong = served.filter((each) => !each.startsWith(`${expected} `));
  return wrong.length === 0
    ? []
    : [`the client ended with ${code}, but the hosts serve ${served.join(" and ")}, not ${expected}`];
}
