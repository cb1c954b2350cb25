/** Something the person who runs the lab can act on: the message is the whole story, no stack needed. */
export class LabError extends Error {
  override readonly name = "LabError";
}
