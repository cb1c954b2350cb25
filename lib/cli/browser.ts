import { spawn } from "node:child_process";
import { platform } from "node:os";

/** Opens a URL where a desktop is; elsewhere nothing happens. xdg-open(1) would start a browser in this terminal. */
export function openInBrowser(url: string, env: Readonly<Record<string, string | undefined>>): void {
  const isMac = platform() === "darwin";
  if (!isMac && !env["DISPLAY"] && !env["WAYLAND_DISPLAY"]) return;
  const child = spawn(isMac ? "open" : "xdg-open", [url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
