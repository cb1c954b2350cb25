/** Files of a project whose releases have a version, also where the command line names none. */
export const versioned = { "package.json": '{ "type": "module", "version": "v0" }\n' } as const;
