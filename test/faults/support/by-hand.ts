import type { Lab } from "../../lab/lab.ts";
import { said } from "../../support/hosts.ts";

export type Variant = "blue" | "green";

/** The port of each variant, as the config's default has it. */
export const ports: Readonly<Record<Variant, number>> = { blue: 8001, green: 8002 };

/** A host whose state is made by hand, as a crash, a person or another tool may leave it. */
export type ByHand = {
  /** The variant that was recorded last. */
  live(): Promise<Variant>;
  /** The other one. */
  idle(): Promise<Variant>;
  unit(verb: "start" | "stop" | "enable" | "disable" | "restart", variant: Variant): Promise<void>;
  /** Writes backend.conf, and leaves nginx alone. */
  pointFile(variant: Variant): Promise<void>;
  reload(): Promise<void>;
  say(command: string): Promise<string>;
  /** Everything that a run could touch: files with their bytes, units, nginx's processes. */
  whole(): Promise<string>;
  powerCut(): Promise<void>;
};

export function byHand(lab: Lab, host: string): ByHand {
  const say = (command: string): Promise<string> => said(lab, host, command);
  async function live(): Promise<Variant> {
    const recorded = (await say("cat /opt/link-shortener/variant")).trim();
    if (recorded === "blue" || recorded === "green") return recorded;
    throw new Error(`no variant is recorded: ${recorded}`);
  }
  return {
    live,
    idle: async () => ((await live()) === "blue" ? "green" : "blue"),
    async unit(verb, variant) {
      await say(`systemctl ${verb} link-shortener@${variant}.service`);
      if (verb === "start" || verb === "restart") await say(listens(ports[variant]));
    },
    async pointFile(variant) {
      await say(`echo 'server 127.0.0.1:${ports[variant]};' >/opt/link-shortener/backend.conf`);
    },
    async reload() {
      // Until no worker of before takes connections any more.
      await say(
        `old=$(pgrep -P "$(systemctl show -p MainPID --value nginx)" -f '^nginx: worker process$'); systemctl reload nginx
         for i in $(seq 200); do now=$(pgrep -P "$(systemctl show -p MainPID --value nginx)" -f '^nginx: worker process$'); for p in $old; do case " "$(echo $now)" " in *" $p "*) sleep 0.05; continue 2;; esac; done; exit 0; done; exit 1`,
      );
    },
    say,
    whole: () =>
      say(
        `cd /opt/link-shortener; find . -path ./.bgdeploy -prune -o -type f -print0 | sort -z | xargs -0 sha256sum; find . -path ./.bgdeploy -prune -o -printf '%p %m %l\\n' | sort
         sha256sum /etc/systemd/system/link-shortener@.service; systemctl show -p ActiveState,MainPID link-shortener@blue link-shortener@green nginx; systemctl is-enabled link-shortener@blue link-shortener@green nginx; pgrep nginx`,
      ),
    async powerCut() {
      await lab.kill(host);
      await lab.boot(host);
    },
  };
}

function listens(port: number): string {
  return `for i in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && exit 0; sleep 0.05; done; exit 1`
    .replace(/^/, "bash -c '")
    .concat("'");
}
