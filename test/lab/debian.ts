/**
 * The Debian releases that hosts can be, each a shape of server that people have. None of them has Debian's security
 * updates or backports: what a release's own archive holds changes seldom.
 */
export const suites = ["bullseye", "bookworm", "trixie", "forky"] as const;

export type Suite = (typeof suites)[number];

export function isSuite(name: string): name is Suite {
  return suites.some((suite) => suite === name);
}

/** What an image of a suite has beside what all have: packages, and the shell text that ends its making; `$1` is its root. */
export function particulars(suite: Suite): { readonly packages: readonly string[]; readonly customize: string } {
  return { packages: extraPackages[suite] ?? [], customize: customize[suite] ?? "" };
}

const extraPackages: Partial<Record<Suite, readonly string[]>> = { forky: ["sudo-rs", "rust-coreutils"] };

const customize: Partial<Record<Suite, string>> = {
  // As servers are that were installed before 2019 and never converted: /bin is a directory of its own.
  bullseye: `
[ ! -L "$1/bin" ] || { echo "mmdebstrap merged /usr"; exit 1; }
[ ! -e "$1/usr/bin/systemctl" ]
`,
  // As Ubuntu is from 25.10 on: sudo-rs is sudo, and uutils' programs have the names of GNU's.
  forky: `
ln -sf ../lib/cargo/bin/sudo "$1/usr/bin/sudo"
ln -sf ../lib/cargo/bin/visudo "$1/usr/sbin/visudo"
for program in "$1"/usr/lib/cargo/bin/coreutils/*; do
  name=\${program##*/}
  [ ! -e "$1/usr/bin/$name" ] || mv "$1/usr/bin/$name" "$1/usr/bin/gnu$name"
  ln -s "../lib/cargo/bin/coreutils/$name" "$1/usr/bin/$name"
done
`,
};
