/** Scripts up to this many bytes end in NUL; bash reads those byte by byte, some 100 KB a second. */
const small = 8 * 1024;

/** Seconds in which a large script must arrive whole. */
const patience = 120;

/**
 * One script as it travels to the host's shell, which evaluates what stands before each NUL. A large one announces its
 * length and is read at once; cut short, it is not evaluated.
 */
export function frame(text: string): string {
  const length = Buffer.byteLength(text);
  if (length <= small) return `${text}\0`;
  const read = `bg_script=$(timeout ${patience} head -c ${length})`;
  return `${read}; [ "\${#bg_script}" = ${length} ] || exit 1; eval "$bg_script"\0${text}`;
}
