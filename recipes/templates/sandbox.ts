import type { App, Layout, UnitDirectives } from "../../lib/index.ts";

type Directives = UnitDirectives[string];

/**
 * What the service may not do (systemd.exec(5)): it reads the system and its release, and writes only where systemd gives
 * it a place. Holds for systemd 247 and newer; an older one passes over what it does not know.
 *
 * Not `MemoryDenyWriteExecute` (it ends every JIT), not `RemoveIPC` (the variants share a user), not `ProcSubset=pid`
 * (runtimes read /proc/cpuinfo). AF_NETLINK is open: without it `getifaddrs` fails, and Node's `os.networkInterfaces`
 * throws. What is forbidden is refused with EPERM, not by a signal: a rare call must not kill a variant that serves.
 */
export function sandbox(app: App, layout: Layout): Directives {
  return {
    NoNewPrivileges: "yes",
    CapabilityBoundingSet: ["", ...capabilities(app)],
    ProtectSystem: "strict",
    ...protectHome(layout),
    ...(app.writable ? { ReadWritePaths: `-${layout.currentOf("%i")}` } : {}),
    PrivateTmp: "yes",
    PrivateDevices: "yes",
    ProtectProc: "invisible",
    ProtectKernelTunables: "yes",
    ProtectKernelModules: "yes",
    ProtectKernelLogs: "yes",
    ProtectControlGroups: "yes",
    ProtectClock: "yes",
    ProtectHostname: "yes",
    RestrictAddressFamilies: "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    RestrictNamespaces: "yes",
    RestrictRealtime: "yes",
    RestrictSUIDSGID: "yes",
    LockPersonality: "yes",
    SystemCallArchitectures: "native",
    SystemCallFilter: "@system-service",
    SystemCallErrorNumber: "EPERM",
    LimitCORE: "0",
    UMask: "0027",
  };
}

/** A port under 1024 needs one. What the user's own unit gives the service must be in the set, or it does not start. */
export function capabilities({ ports, listen, unit }: App): readonly string[] {
  const low = listen === "port" && Math.min(ports.blue, ports.green) < 1024;
  const given = [unit["Service"]?.["AmbientCapabilities"] ?? []].flat().filter((each) => each !== "");
  return [...new Set([...(low ? [bindLow] : []), ...given])];
}

export const bindLow = "CAP_NET_BIND_SERVICE";

/** A destination below one of those that `ProtectHome` hides is the only thing there that the service sees. */
function protectHome({ destination }: Layout): Directives {
  if (!/^\/(home|root|run\/user)(\/|$)/.test(destination)) return { ProtectHome: "yes" };
  return { ProtectHome: "tmpfs", BindReadOnlyPaths: destination };
}
