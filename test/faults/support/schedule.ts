import type { Moment } from "./moment.ts";
import type { Fault } from "./fault.ts";
import { faults } from "./fault.ts";
import type { Trial, Verb } from "./trial.ts";

/** Every fault at every moment. One network cut in ten lasts until the client has given up. */
export function wholeSchedule(verb: Verb, moments: readonly Moment[]): readonly Trial[] {
  let cuts = 0;
  return moments.flatMap((moment, place) =>
    faults.map((fault) => {
      if (fault === "cut") cuts += 1;
      return { verb, fault, moment, lasting: fault === "cut" && cuts % 10 === 0, place };
    }),
  );
}

/** What the short form always has: the places where a crash could hurt most. */
const sorest: readonly {
  readonly task: RegExp;
  readonly text: RegExp;
  readonly where: Moment["where"];
  readonly fault: Fault;
}[] = [
  { task: /^upload:/, text: /^rsync /, where: "middle", fault: "kill" },
  // Between enable and switch.
  { task: /^nginx:switch$/, text: /still runs/, where: "begin", fault: "power" },
  // Between the swap of the file and the reload.
  { task: /^nginx:switch$/, text: /systemctl reload nginx/, where: "begin", fault: "power" },
  { task: /^nginx:switch$/, text: /nginx -t/, where: "begin", fault: "kill" },
  // Between the reload and its proof.
  { task: /^nginx:switch$/, text: /has taken the change/, where: "begin", fault: "kill" },
  // Between switch and record.
  { task: /^release:record$/, text: /variant/, where: "begin", fault: "cut" },
  { task: /^nginx:drain$/, text: /./, where: "middle", fault: "kill" },
  { task: /^systemd:stop$/, text: /disable --now/, where: "middle", fault: "power" },
];

/** Throws where a step that must be among them is not in the plan any more. */
export function shortSchedule(verb: Verb, moments: readonly Moment[]): readonly Trial[] {
  return sorest.map(({ task, text, where, fault }) => {
    const moment = moments.find(
      (each) => task.test(each.step.task) && text.test(each.step.text) && each.where === where,
    );
    if (moment === undefined) throw new Error(`no step of ${verb} fits ${task} ${text}`);
    return { verb, fault, moment, lasting: false, place: moments.indexOf(moment) };
  });
}
