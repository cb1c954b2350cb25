import { helperSource } from "../../host/helper.ts";
import type { App } from "../../lib/index.ts";

/** The helper of `strict` for one app: a bash script. */
export function helperText({ name }: Pick<App, "name">): string {
  return helperSource.replace(/^app=.*$/m, () => `app=${name}`);
}
