/** What is said of an error, and whether the engine may try again by itself. */
export type Entry = { readonly retryable: boolean; readonly message: string; readonly remedy: string };

/** `{table}` in a template becomes a required, typed detail of the thrown error. */
type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** What has to be known to fill in the templates of an entry. */
export type Details<E extends Entry> = Readonly<
  Record<Placeholders<E['message']> | Placeholders<E['remedy']>, string | number>
>;

/** Entries by their codes, with the texts of their templates as types. */
export const catalogue = <const C extends Record<string, Entry>>(entries: C): C => entries;
