import type { Holder } from "../remote/lock.ts";
import { stampOf } from "./stamp.ts";
import type { World } from "./world.ts";

/** Who we are, as others see it while we hold the locks. `release` is what we are about. */
export function holderOf(world: World, release: string): Holder {
  const since = stampOf(world.now());
  return { who: world.user, from: world.hostname, since, release, run: world.randomWord(), phase: "acquiring" };
}
