/** Seconds without a word from the client after which the host's shell gives up, and so lets go of the lock. */
const silence = 30;

/**
 * The command that ssh runs on the host: bash, which evaluates the greeting and then what arrives on its input. It says
 * `ready`, and `end` when the greeting has ended, each as a mark that `word` opens.
 *
 * The shell takes scripts as `frame` sends them, so any text can be one. Programs of the admin's path are reached without a
 * login (nginx stands in /usr/sbin), and errors come in order with the output.
 */
export function prelude(word: string, greeting: string): string {
  const text = [
    `unset BASH_ENV ENV CDPATH; export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; umask 022; exec 2>&1`,
    `printf '\\n%s ready\\n' ${word}`,
    greeting,
    `printf '\\n%s end\\n' ${word}`,
    `while IFS= read -r -d '' -t ${silence} bg_script; do eval "$bg_script"; done; exit`,
  ].join("\n");
  // Whatever the login shell is, it takes these characters as they are.
  const encoded = Buffer.from(text).toString("base64");
  return `exec bash --noprofile --norc -c 'eval "$(echo ${encoded} | base64 -d)"'`;
}
