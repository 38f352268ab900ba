/** A quoted identifier. What is quoted is a name of the catalogue, never what somebody sent. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A quoted identifier in a schema. */
export const qualified = (schema: string, name: string): string => `${ident(schema)}.${ident(name)}`;

/** The values of a statement, which are written as $1, $2 … */
export class Values {
  readonly list: unknown[] = [];

  /** The place of one more value, of that type. */
  add(value: unknown, type: string): string {
    this.list.push(value);
    return `$${this.list.length}::${type}`;
  }
}
