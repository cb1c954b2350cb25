/** Values that a file of environment variables could break on; the last is almost as long as Linux takes one. */
export const hardValues: Readonly<Record<string, string>> = {
  PLAIN: "one",
  EMPTY: "",
  SPACES: "  two  words ",
  LINES: 'a\nPORT="1"\n\nb\n',
  QUOTES: `"'\\$\`"`,
  BACKSLASHES: "\\\\n\\",
  HASH: "# no comment",
  RETURN: "a\r\nb\r",
  UNICODE: "ü…🚀",
  STAR: "* ~ {a,b} !!",
  LONG: `${"x".repeat(127 * 1024 - 3)}"\\$`,
};

/** Lines of an environment file as people and other tools write them, with all that systemd reads in a way of its own. */
export const othersLines: readonly string[] = [
  "# a comment=1",
  "; another=2",
  "",
  "PLAIN=one two  ",
  "  INDENTED = three",
  "SINGLE='a \"b\" \\n $c'",
  "JOINED=\"a\"'b'c",
  'ESCAPED=a\\ b\\"',
  "CONTINUED=a\\",
  "b",
  'DOUBLE="a\\x\\\nb"',
  "INNER=it's",
  "TWICE=1",
  "TWICE=2",
  "no variable",
  "1BAD=x",
  "LAST=end",
];
