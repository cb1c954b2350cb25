import { onHost } from "../model/problem.ts";
import { parseReleaseId } from "../model/release.ts";
import type { Finding } from "./finding.ts";
import { fine, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Seconds that two clocks may differ: more than the answer takes to travel. */
const tolerance = 60;

/** Releases are named by this machine's clock and sort by it; the host's stamps locks, logs and files. */
export function clockFindings({ target: { facts }, ahead }: Patient): readonly Finding[] {
  const here = facts.clock - ahead;
  const future = facts.releases.filter(({ id }) => (parseReleaseId(id)?.time ?? 0) / 1000 > here + tolerance);
  const newest = future
    .map(({ id }) => id)
    .toSorted()
    .at(-1);
  const days = Math.abs(ahead) > 2 * 86_400;
  const by = days ? `${Math.round(Math.abs(ahead) / 86_400)} days` : `${Math.round(Math.abs(ahead))} s`;
  return [
    Math.abs(ahead) > tolerance
      ? warning(
          `its clock is ${by} ${ahead > 0 ? "ahead of" : "behind"} this machine's; one of them is wrong`,
          onHost("sudo timedatectl set-ntp true"),
        )
      : fine("its clock agrees with this machine's"),
    ...(newest === undefined
      ? []
      : [
          warning(
            `release ${newest} is dated in the future, by this machine's clock: a new release would sort before it and be pruned as older`,
          ),
        ]),
  ];
}
