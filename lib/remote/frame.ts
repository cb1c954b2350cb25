/** Scripts up to this many bytes are read by bash itself, in half a microsecond each; larger ones are worth two processes. */
const small = 4 * 1024;

/** Seconds in which a script must arrive whole: a small one within the silence that a session bears. */
const patience = { small: 30, large: 120 };

/**
 * One script as it travels to the host's shell, which evaluates what stands before each NUL: a line that reads as many bytes
 * as the script has. bash reads them at once; up to a NUL it reads byte by byte, four times as dear. Cut short, a script is not
 * evaluated.
 */
export function frame(text: string): string {
  const length = Buffer.byteLength(text);
  const read =
    length <= small
      ? `IFS= read -r -N ${length} -t ${patience.small} bg_script`
      : `bg_script=$(timeout ${patience.large} head -c ${length})`;
  return `${read}; [ "\${#bg_script}" = ${length} ] || exit 1; eval "$bg_script"\0${text}`;
}
