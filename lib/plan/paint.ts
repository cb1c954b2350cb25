/** Puts a text in a colour or weight, or gives it back as it is. */
export type Paint = (
  format: "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "cyan" | "magenta" | "cyanBright" | "magentaBright",
  text: string,
) => string;
