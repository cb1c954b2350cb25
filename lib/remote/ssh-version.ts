import { execFile } from "node:child_process";

let asked: Promise<boolean> | undefined;

/**
 * Does this machine's ssh know the keywords of OpenSSH 8.7 (ForkAfterAuthentication, StdinNull, SessionType)? An older one refuses
 * them, and an `IgnoreUnknown` of ours would take the place of the user's: ssh takes the first it meets. Asked once a process.
 */
export function knowsSessionType(): Promise<boolean> {
  asked ??= new Promise((resolve) => {
    execFile("ssh", ["-V"], { timeout: 5000 }, (_, stdout, stderr) => resolve(isSince87(`${stdout}${stderr}`)));
  });
  return asked;
}

/** @param said what `ssh -V` prints. @example isSince87("OpenSSH_9.2p1 Debian-2+deb12u6, OpenSSL 3.0.19") // true */
export function isSince87(said: string): boolean {
  const [, major = "0", minor = "0"] = /OpenSSH_(?:\D*_)?(\d{1,4})\.(\d{1,4})/.exec(said) ?? [];
  return Number(major) > 8 || (Number(major) === 8 && Number(minor) >= 7);
}
