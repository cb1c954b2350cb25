/** Something that will be left out or should be known, before anything runs. */
export type Warning = { readonly host: string; readonly text: string };
