import type { Field } from '@medallion/schema';
import { quoted, type Report } from './mistakes.ts';
import { judgeColumnName } from './names.ts';

/** The columns of a table while its steps are gone through one by one. Names that are wrong are reported, once each. */
export class ColumnSet {
  readonly #fields: Map<string, Field>;
  readonly #report: Report;

  constructor(fields: readonly Field[], report: Report) {
    this.#fields = new Map(fields.map((field) => [field.name, field]));
    this.#report = report;
  }

  get all(): readonly Field[] {
    return [...this.#fields.values()];
  }

  /** The column of that name; undefined, and reported, when there is none. `what` says who asks for it. */
  find(name: string, what: string): Field | undefined {
    const field = this.#fields.get(name);
    if (field === undefined)
      this.#report(
        `${what} names column "${name}", which does not exist`,
        `choose one of ${quoted(this.#fields.keys())}`,
      );
    return field;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** Adds a column that a user named. */
  add(field: Field): void {
    judgeColumnName(field.name, this.#report);
    if (this.#fields.has(field.name))
      this.#report(`column "${field.name}" is declared twice`, 'give one of them another name');
    else this.#fields.set(field.name, field);
  }

  replace(field: Field): void {
    this.#fields.set(field.name, field);
  }

  remove(name: string): void {
    this.#fields.delete(name);
  }
}
