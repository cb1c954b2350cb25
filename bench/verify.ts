import { request } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { Lab } from "../test/lab/lab.ts";
import { type Site, type ToolName, siteOf } from "./site.ts";

/** Milliseconds. Not every tool waits until nginx has taken the change. */
const patience = 5000;

/** Says what is wrong where a host's site does not come to answer with this version; `undefined` where all do. */
export async function whatIsWrong(
  lab: Lab,
  tool: ToolName,
  hosts: readonly string[],
  version: string,
): Promise<string | undefined> {
  const problems = await Promise.all(
    hosts.map(async (host) => {
      const address = lab.hosts.find(({ name }) => name === host)?.address ?? "";
      const end = performance.now() + patience;
      let answer = await visit(address, siteOf(tool));
      while (answer !== version && performance.now() < end) {
        await wait(50);
        answer = await visit(address, siteOf(tool));
      }
      return answer === version ? [] : [`${host} answers ${answer}, not ${version}`];
    }),
  );
  const [first] = problems.flat();
  return first;
}

function visit(address: string, { domain }: Site): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ host: address, path: "/", headers: { Host: domain }, agent: false, timeout: 5000 });
    sent.on("error", (error) => resolve(error.message));
    sent.on("timeout", () => sent.destroy(new Error("nothing for 5 s")));
    sent.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve(response.statusCode === 200 ? body.trim() : `${response.statusCode}`));
    });
    sent.end();
  });
}
