import type { Lab } from "../../lab/lab.ts";
import type { Project } from "../../support/project.ts";
import type { Client } from "./client.ts";
import { startClient } from "./client.ts";
import { startDownload } from "./download.ts";
import { slowUpload } from "./slow-upload.ts";

/** A step of a deploy in which a signal may come, and a run that is in it. */
export type Moment = {
  readonly name: string;
  /** A task whose begin the run announces, and which it finishes or gives up before it undoes. */
  readonly task: string;
  /** Starts a run, and gives it when it is there. `finish` waits for what must not be cut. */
  readonly reach: (
    project: Project,
    lab: Lab,
  ) => Promise<{ readonly client: Client; readonly finish: () => Promise<void> }>;
};

/** With these flags the app has slow answers. */
export const debug = ["-e", "LINK_SHORTENER_DEBUG=true"] as const;

const nothing = (): Promise<void> => Promise.resolve();

/** What a hook was doing when the signal came is to be finished: the file tells. */
export const hookDone = "/tmp/hook-done";

export const moments: readonly Moment[] = [
  {
    name: "during the upload",
    task: "upload:send",
    async reach(project) {
      await project.write({});
      const path = await slowUpload(project);
      const client = startClient(project, ["run", "production", "--verbose"], { path });
      await client.says(/private-h1 {2}upload:send {2}\$/);
      return { client, finish: nothing };
    },
  },
  {
    name: "in a hook before the start",
    task: "hooks:pre slow",
    async reach(project, lab) {
      await project.write({
        settings: `pre: hook("slow", async ({ $ }) => { await $\`rm -f ${hookDone}; echo the hook began; sleep 2; touch ${hookDone}\`; }),`,
      });
      const client = startClient(project, ["run", "production", "--verbose"]);
      await client.says(/private-h1 {2}hooks:pre slow {2}\| the hook began/);
      return {
        client,
        async finish() {
          const { code } = await lab.exec("h1", `rm ${hookDone}`);
          if (code !== 0) throw new Error("the hook's command was cut");
        },
      };
    },
  },
  {
    name: "while the new variant gets healthy",
    task: "health:check",
    async reach(project) {
      await project.write({});
      const late = ["-e", "LINK_SHORTENER_START_DELAY_MS=20000"];
      const client = startClient(project, ["run", "production", "--verbose", ...late]);
      await client.says(/private-h1 {2}health:check {2}\$/);
      return { client, finish: nothing };
    },
  },
  {
    name: "while a slow download holds the drain",
    task: "nginx:drain",
    async reach(project, lab) {
      await project.write({});
      const download = await startDownload(lab, "h1");
      const client = startClient(project, ["run", "production", "--verbose"]);
      await client.says(/private-h1 {2}nginx:drain {2}\$/);
      return { client, finish: download.end };
    },
  },
];
