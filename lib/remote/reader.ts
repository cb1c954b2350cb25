import { bashOptions, cleanShell } from "../model/clean.ts";

/** Takes a command from its input, up to a NUL, and runs it. Any login shell reads these words the same. */
export const reader = `exec bash ${bashOptions} -c '${cleanShell}; IFS= read -r -d "" bg_command; eval "$bg_command"'`;
