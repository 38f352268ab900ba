import type { AnyTable, Operation, ViewDeclaration } from './declaration.ts';
import { type ConditionArguments, condition, derivation, explosion } from './row-operations.ts';
import { unset } from './settings.ts';
import { TableBuilder } from './table-builder.ts';

/** Collects the declaration of a view; `View` in view.ts gives it its types. */
export class ViewBuilder extends TableBuilder<ViewDeclaration> {
  static undeclared(name: string): ViewDeclaration {
    return { ...unset(name), kind: 'view', source: null, operations: [] };
  }

  from(source: AnyTable): this {
    return this.set({ source });
  }
  where(...arguments_: ConditionArguments): this {
    return this.#then({ kind: 'where', condition: condition(arguments_) });
  }
  derive(build: Parameters<typeof derivation>[0]): this {
    return this.#then(derivation(build));
  }
  select(...columns: readonly string[]): this {
    return this.#then({ kind: 'select', columns });
  }
  omit(...columns: readonly string[]): this {
    return this.#then({ kind: 'omit', columns });
  }
  explode(...arguments_: Parameters<typeof explosion>): this {
    return this.#then(explosion(...arguments_));
  }

  #then(added: Operation): this {
    return this.set({ operations: Object.freeze([...this.declaration.operations, added]) });
  }
  protected set(change: Partial<ViewDeclaration>): this {
    return new ViewBuilder({ ...this.declaration, ...change }) as this;
  }
}
