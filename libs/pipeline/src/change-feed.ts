import type { Instant } from '@medallion/core';
import type { ChangeFeedDeclaration } from './declaration.ts';
import type { Keyed } from './relational-view.ts';
import { type Described, type Layered, unset } from './settings.ts';
import { TableBuilder } from './table-builder.ts';
import type { Pretty, Typed } from './types.ts';

/** The columns of a change feed beside those of its table. */
export type ChangeColumns = {
  readonly _change_type: 'insert' | 'update_preimage' | 'update_postimage' | 'delete';
  readonly _commit_version: number;
  readonly _commit_timestamp: Instant;
};

/** The changes of a table from its version 0 on, one row for each, kept in Postgres. */
export interface ChangeFeed<R> extends Described, Layered, Typed<R> {
  readonly name: string;
  readonly declaration: ChangeFeedDeclaration;
}

/** A change feed that does not say yet of what. */
export interface UnsourcedChangeFeed extends Described, Layered {
  /** The changes of a keyed table or a relational view. */
  from<R>(table: Keyed<R, string>): ChangeFeed<Pretty<R & ChangeColumns>>;
}

class ChangeFeedBuilder extends TableBuilder<ChangeFeedDeclaration> {
  from(source: NonNullable<ChangeFeedDeclaration['source']>): this {
    return this.set({ source });
  }
  protected set(change: Partial<ChangeFeedDeclaration>): this {
    return new ChangeFeedBuilder({ ...this.declaration, ...change }) as this;
  }
}

/**
 * Declares the change feed of a table. Its name is `snake_case` and unique in its pipeline.
 *
 * @example changeFeed('customer_changes').from(silverCustomers)
 */
export const changeFeed = (name: string): UnsourcedChangeFeed =>
  // The builder knows no row types: they exist for the compiler only, and this is where they come in.
  new ChangeFeedBuilder({ ...unset(name), kind: 'change_feed', source: null }) as unknown as UnsourcedChangeFeed;
