/** What became of a release on a host. */
export type ReleaseStatus = (typeof releaseStatuses)[number];

export const releaseStatuses = ["staged", "live", "previous", "failed", "rolled-back"] as const;

/** One that nobody should go back to unless they name it, and that does not count as good. */
export function isGivenUp(status: ReleaseStatus | undefined): boolean {
  return status === "failed" || status === "staged" || status === "rolled-back";
}

/** @example describeStatus("rolled-back") // "rolled back" */
export function describeStatus(status: ReleaseStatus | undefined): string {
  return status?.replace("-", " ") ?? "unknown";
}

/** A release as found on a host. `status` is `undefined` for one that another tool left there. */
export type KnownRelease = { readonly id: string; readonly status: ReleaseStatus | undefined };

/** One uploaded build. `id` is `2025_05_13T00_00_00-v1.0`, in UTC; `time` is the same moment in epoch milliseconds. */
export type Release = { readonly id: string; readonly version: string; readonly time: number };

/** `<YYYY_MM_DDTHH_MM_SS>-<version>`; koyo wrote local time and an underscore, and is understood. */
const idPattern = /^(\d{4})_(\d\d)_(\d\d)T(\d\d)_(\d\d)_(\d\d)[-_](.+)$/;

/**
 * Names a release made at `time` (epoch milliseconds). Ids sort by age.
 *
 * @example makeRelease("v1.0", 1747094400000).id // "2025_05_13T00_00_00-v1.0"
 */
export function makeRelease(version: string, time: number): Release {
  const stamp = new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, "_");
  return { id: `${stamp}-${version}`, version, time };
}

/** Reads an id back; `undefined` for a directory that is no release. koyo's local time is read as UTC. */
export function parseReleaseId(id: string): Release | undefined {
  const match = idPattern.exec(id);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, version = ""] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : { id, version, time };
}
