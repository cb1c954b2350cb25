import type { Lab } from "../../lab/lab.ts";
import { until } from "./until.ts";

/** A download of ten minutes that has begun. */
export type Download = {
  /** Ends it from our side; throws when it was cut before. */
  readonly end: () => Promise<void>;
};

/** Begins a download from a host's site: ten chunks a second. The app must run with `debug`. */
export async function startDownload(lab: Lab, host: string): Promise<Download> {
  const address = lab.hosts.find(({ name }) => name === host)?.address ?? "";
  const controller = new AbortController();
  const { signal } = controller;
  const response = await fetch(`http://${address}/stream?seconds=600`, { headers: { connection: "close" }, signal });
  if (response.status !== 200 || response.body === null) throw new Error(`/stream answered ${response.status}`);
  const seen = { bytes: 0, isOver: false };
  const read = async (body: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of body) seen.bytes += chunk.length;
  };
  void read(response.body)
    .catch(() => {})
    .finally(() => (seen.isOver = true));
  return {
    async end() {
      const before = seen.bytes;
      const missing = await until(async () => (seen.isOver || seen.bytes > before ? [] : ["the next chunk"]));
      const wasCut = seen.isOver || missing.length > 0;
      controller.abort();
      if (wasCut) throw new Error("the download was cut");
    },
  };
}
