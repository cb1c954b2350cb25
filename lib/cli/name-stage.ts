import { quote } from "../model/shell.ts";

/** Rules and checks that know no stage advise a command with `<stage>`: here it gets its name, so that it can be pasted. */
export function nameStage(text: string, stage: string | undefined): string {
  return stage === undefined ? text : text.replaceAll("<stage>", quote(stage));
}
