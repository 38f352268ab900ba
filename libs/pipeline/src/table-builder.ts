import type { Layer } from './plan.ts';
import type { StreamStorage, TableSettings } from './settings.ts';

/** Collects what can be said of any table. Builders are values: each method returns another one. */
export abstract class TableBuilder<D extends TableSettings> {
  readonly name: string;
  readonly declaration: D;

  constructor(declaration: D) {
    this.name = declaration.name;
    this.declaration = Object.freeze(declaration);
    Object.freeze(this);
  }

  comment(comment: string): this {
    return this.set({ comment });
  }
  version(version: number): this {
    return this.set({ version });
  }
  layer(layer: Layer): this {
    return this.set({ layer });
  }
  storage(options: StreamStorage<string>): this {
    return this.set({ storage: { ...this.declaration.storage, ...options } });
  }
  tags(tags: Readonly<Record<string, string>>): this {
    return this.set({ tags: { ...this.declaration.tags, ...tags } });
  }
  personal(...columns: readonly string[]): this {
    return this.set({ personal: [...this.declaration.personal, ...columns] });
  }
  identifies(subject: string, column: string): this {
    return this.set({ subjects: [...this.declaration.subjects, { subject, column }] });
  }
  commentOn(comments: Readonly<Record<string, string>>): this {
    return this.set({ columnComments: { ...this.declaration.columnComments, ...comments } });
  }

  /** The same builder with a changed declaration. */
  protected abstract set(change: Partial<TableSettings>): this;
}
