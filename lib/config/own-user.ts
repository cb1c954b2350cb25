import { userInfo } from "node:os";
import { env, geteuid } from "node:process";

/** Who we are on this machine. */
export type OwnUser = { readonly uid: number; readonly name: string; readonly home: string };

/** A container may run us as a uid that no passwd file has: it has its number as a name, and the home that the environment says. */
export function ownUser(): OwnUser {
  try {
    const { uid, username, homedir } = userInfo();
    return { uid, name: username, home: homedir };
  } catch {
    const uid = geteuid?.() ?? -1;
    return { uid, name: String(uid), home: env["HOME"] ?? "/" };
  }
}
