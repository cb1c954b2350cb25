import type { ExitCode } from "../../errors.ts";
import { UserError } from "../../errors.ts";
import { liveState } from "../../model/live.ts";
import type { Variant } from "../../model/variant.ts";
import { isVariant, variants } from "../../model/variant.ts";
import type { Place } from "../../remote/survey.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import { follow, openLog, printPast } from "../log-sources.ts";
import { countOf, timeOf } from "../quantity.ts";
import { loadStage } from "../stage.ts";
import type { Streaming } from "../streams.ts";
import { withStreams } from "../streams.ts";
import type { World } from "../world.ts";

/** `bgdeploy logs`: what the app says on all hosts, in the order of time. */
export async function logs(intent: Intent, world: World): Promise<ExitCode> {
  const wanted = valueOf(intent, "variant");
  if (wanted !== undefined && wanted !== "live" && !isVariant(wanted)) {
    throw new UserError(`--variant ${wanted}: write blue, green or live`);
  }
  const since = timeOf(intent, "since", "10m");
  const lines = countOf(intent, "lines") ?? (since === undefined ? 100 : undefined);
  const config = await loadStage(intent, world, "optional");
  return withStreams(config, world, async (streaming) => {
    const both = isVariant(wanted) ? [wanted] : variants;
    const chosen: readonly Chosen[] =
      wanted === "live" ? await withLive(streaming) : streaming.places.map((place) => ({ place, variants: both }));
    const sources = chosen.map(({ place, variants: which }) =>
      openLog(streaming, place, { variants: which, since: since && since / 1000, lines, follow: false }),
    );
    const about = { streaming, world, stage: config.stage };
    const left = await printPast(sources, about);
    if (intent.switches.has("follow")) await follow(left, about);
  });
}

type Chosen = { readonly place: Place; readonly variants: readonly Variant[] };

/** With the variant that serves on each host, as it is now. */
async function withLive(streaming: Streaming): Promise<readonly Chosen[]> {
  const surveys = await streaming.surveys;
  return surveys.flatMap(({ place, facts }) => {
    const state = liveState(facts, place.app.ports);
    if (state.kind === "live" || state.kind === "down") return [{ place, variants: [state.live] }];
    const { host } = place.connected.session;
    streaming.complain(`${host}: ${state.kind === "first" ? "nothing was deployed yet" : state.problem}`);
    return [];
  });
}
