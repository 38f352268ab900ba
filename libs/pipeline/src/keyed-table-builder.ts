import { days } from '@medallion/core';
import type { ChangesDeclaration, KeyedTableDeclaration, Operation, StreamingTableDeclaration } from './declaration.ts';
import { expectation, type RuleArguments } from './expectation.ts';
import type { SnapshotSource } from './files-source.ts';
import type { Action } from './plan.ts';
import { condition } from './row-operations.ts';
import type { TableSettings } from './settings.ts';
import { sql } from './sql.ts';
import { TableBuilder } from './table-builder.ts';

const TOMBSTONE_RETENTION = days(7);

/** `ChangeOptions` as a builder sees them. */
export type AnyChangeOptions = Partial<Omit<ChangesDeclaration, 'deletes' | 'tombstoneRetentionMs'>> & {
  readonly keys: readonly string[];
  readonly sequenceBy: string;
  readonly applyAsDeletes?: string | { readonly text: string; readonly test: () => boolean };
  readonly tombstoneRetention?: ChangesDeclaration['tombstoneRetentionMs'];
};

/** Collects the declaration of a keyed table; `KeyedTable` in keyed-table.ts gives it its types. */
export class KeyedTableBuilder extends TableBuilder<KeyedTableDeclaration> {
  /** The table that the rows of a streaming table make when they are changes by key. */
  static ofChanges(stream: StreamingTableDeclaration, options: AnyChangeOptions): KeyedTableBuilder {
    const { retentionMs, queryable, ...declared } = stream;
    const unfit = [...(retentionMs === null ? [] : ['retention']), ...(queryable === null ? [] : ['queryable'])];
    const { applyAsDeletes: deletes } = options;
    return new KeyedTableBuilder({
      ...declared,
      kind: 'keyed_table',
      unfit,
      changes: {
        keys: options.keys,
        sequenceBy: options.sequenceBy,
        deletes:
          deletes === undefined
            ? null
            : typeof deletes === 'string'
              ? sql(deletes)
              : condition([deletes.text, deletes.test]),
        storedAs: options.storedAs ?? 1,
        trackHistory: options.trackHistory ?? null,
        except: options.except ?? [],
        tombstoneRetentionMs: options.tombstoneRetention ?? TOMBSTONE_RETENTION,
      },
    });
  }

  /** The table whose whole contents a snapshot is. */
  static ofSnapshot(settings: TableSettings, source: SnapshotSource<unknown>): KeyedTableBuilder {
    return new KeyedTableBuilder({
      ...settings,
      kind: 'keyed_table',
      flows: [{ name: null, source, once: false }],
      operations: [],
      unfit: [],
      changes: {
        keys: source.keys,
        sequenceBy: null,
        deletes: null,
        storedAs: 1,
        trackHistory: null,
        except: [],
        tombstoneRetentionMs: TOMBSTONE_RETENTION,
      },
    });
  }

  // Of snapshots only: the rules of changes are written before `.applyChanges()`.
  expect(name: string, ...rule: RuleArguments): this {
    return this.#expect('warn', name, rule);
  }
  expectOrDrop(name: string, ...rule: RuleArguments): this {
    return this.#expect('drop', name, rule);
  }
  expectOrQuarantine(name: string, ...rule: RuleArguments): this {
    return this.#expect('quarantine', name, rule);
  }
  expectOrFail(name: string, ...rule: RuleArguments): this {
    return this.#expect('fail', name, rule);
  }
  constraint(text: string): this {
    return this.#then({ kind: 'constraint', text });
  }

  #expect(action: Action, name: string, rule: RuleArguments): this {
    return this.#then({ kind: 'expect', expectation: expectation(name, action, rule) });
  }
  #then(added: Operation): this {
    return this.set({ operations: Object.freeze([...this.declaration.operations, added]) });
  }
  protected set(change: Partial<KeyedTableDeclaration>): this {
    return new KeyedTableBuilder({ ...this.declaration, ...change }) as this;
  }
}
