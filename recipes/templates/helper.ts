import { helperSource } from "../../host/helper.ts";
import type { App, Layout } from "../../lib/index.ts";
import { nginxService, usualNginx } from "../../lib/index.ts";

/** The helper of `strict` for one app: a bash script. */
export function helperText({ name }: Pick<App, "name">, nginx: Layout["nginx"] = usualNginx): string {
  return helperSource
    .replace(/^app=.*$/m, () => `app=${name}`)
    .replace(/^nginx=.*$/m, () => `nginx=${nginx.binary}`)
    .replace(/^service=.*$/m, () => `service=${nginxService(nginx)}`);
}
