import type { Facts } from "../model/facts.ts";
import type { Layout } from "../model/layout.ts";
import { quote } from "../model/shell.ts";
import { variants } from "../model/variant.ts";
import { splitAnswers } from "./probe-answer.ts";
import { parsePlaces } from "./probe-nginx.ts";

/**
 * Which of its questions the probe got no answer to, in sentences. Each of them has one on every host: where there is none, nothing
 * was read, which does not mean that nothing is there.
 */
export function unanswered(
  text: string,
  word: string,
  { tools, user }: Pick<Facts, "tools" | "user">,
  layout: Layout,
): readonly string[] {
  const answers = splitAnswers(text, word);
  if (!answers.has("end")) return ["its bash did not read it to the end; is it a restricted one?"];
  const raw = (name: string): string => answers.get(name) ?? "";
  const root = parsePlaces(raw("places"), word).get("/");
  const isRead = root?.type === "d" && [root.mode, root.uid, root.gid, root.modified].every((each) => each >= 0);
  const units = raw("units").split("\n");
  const isAsked = variants.every((variant) => units.includes(`Id=${layout.service(variant)}`));
  const closed = /^closed (.*)$/m.exec(raw("unread"))?.[1];
  return [
    ...(closed === undefined
      ? []
      : [
          `${user.name} cannot read ${closed}, so nothing is known of the app. Connect as the deploy user, or open it: sudo chmod a+x ${quote(closed)}`,
        ]),
    ...(/^uid=\d+/m.test(raw("user")) ? [] : ["`id` does not report the ssh user"]),
    ...(isRead
      ? []
      : ["its `find` has no -printf (busybox?), so links and owners cannot be read. Install GNU findutils there"]),
    ...(/^\d+ \d+ \d+ \d+$/m.test(raw("disk"))
      ? []
      : ["its `stat -f -c` does not report free disk space. Install GNU coreutils there"]),
    ...(tools.systemd === undefined || isAsked
      ? []
      : ["systemd does not answer, so bgdeploy cannot read which variant runs. Try there: systemctl show nginx"]),
    ...(raw("releases").split("\n").includes("unread")
      ? [`${user.name} cannot read ${layout.versions}, which holds the releases. Connect as the deploy user`]
      : []),
  ];
}
