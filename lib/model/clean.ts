/** Variables that change how a bash reads what we send it, and the options that it is left with by such a one. */
const shell =
  "unset POSIXLY_CORRECT TMOUT BASH_ENV ENV CDPATH GLOBIGNORE EXECIGNORE FUNCNEST BASH_COMPAT TIMEFORMAT; export -n SHELLOPTS BASHOPTS; shopt -u inherit_errexit shift_verbose";

/** Of programs: what they print, in which units and colours, and where they look. A prefix ends with `@`. */
const programs = [
  "BLOCKSIZE BLOCK_SIZE DF_BLOCK_SIZE DU_BLOCK_SIZE LS_BLOCK_SIZE LS_COLORS QUOTING_STYLE TIME_STYLE TABSIZE COLUMNS LINES",
  "_POSIX2_VERSION POSIX_ME_HARDER POSIX_PEDANTIC GREP_OPTIONS GREP_COLOR GREP_COLORS PS_FORMAT PS_PERSONALITY CMD_ENV",
  "TAPE TAR_OPTIONS GZIP BZIP BZIP2 XZ_OPT XZ_DEFAULTS ZSTD_CLEVEL ZSTD_NBTHREADS PAGER LESS NGINX PERL5OPT PERL_UNICODE PERLIO",
  "DBUS_SYSTEM_BUS_ADDRESS LANGUAGE",
  "SYSTEMD_@ SYSTEMCTL_@ RSYNC_@ LIBPROC_@",
]
  .join(" ")
  .split(" ")
  .map((name) => (name.endsWith("@") ? `\${!${name}}` : name))
  .join(" ");

/**
 * The options of a bash that a login shell starts on a host, before `-c`. It takes no functions and no options from its environment:
 * a `SHELLOPTS=nounset` there would end it, an `exec` of the user's own make it do something else.
 */
export const bashOptions = "--noprofile --norc -p";

/** First words of such a bash that runs commands of the user: a hardened host may set `TMOUT`, an admin `POSIXLY_CORRECT`. */
export const cleanShell = shell;

/** First words of one that runs ours. What a person has set for their own eyes changes nothing that we read. */
export const cleanAll = `${shell}; unset ${programs}; [ -w "\${TMPDIR:-/tmp}" ] || unset TMPDIR; export LC_ALL=C`;
