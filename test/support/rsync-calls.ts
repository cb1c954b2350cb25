import type { Lab } from "../lab/lab.ts";
import { said } from "./hosts.ts";

const heard = "/opt/heard";

/** From now on the host notes what rsync is asked for there. */
export async function noteRsync(lab: Lab, host: string): Promise<void> {
  const stub = `#!/bin/sh\\necho "$*" >>${heard}\\nexec /usr/bin/rsync "$@"\\n`;
  const place = "/usr/local/bin/rsync";
  await said(lab, host, `printf '${stub}' >${place}; chmod +x ${place}; : >${heard}; chmod 666 ${heard}`);
}

/** The words of the upload that the host has taken since this was asked last; `""` for none. */
export async function uploadWords(lab: Lab, host: string): Promise<string> {
  const calls = await said(lab, host, `cat ${heard}; : >${heard}`);
  return calls.split("\n").find((call) => call.includes("--server")) ?? "";
}
