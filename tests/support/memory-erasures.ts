import type { PipelinePlan } from '@medallion/pipeline';
import { VALIDITY } from '@medallion/pipeline';
import { type ErasureStore, emptyCommit, type KeyedChange, personsInRow } from '@medallion/runtime';
import type { MemoryDatabase } from '@medallion/testkit';

/** Erases from the keyed tables in memory, and so from what is computed from them; copies and bytes stay as they are. */
export const memoryErasures = (database: MemoryDatabase, plan: PipelinePlan): ErasureStore => ({
  leases: async () => database.leases,
  async erase({ subject, person, marks, dryRun, found }) {
    const behind = marks.flatMap((mark) => {
      const at = database.leases.find(({ topic, partition }) => topic === mark.topic && partition === mark.partition);
      return (at?.next ?? 0) < mark.needs ? [{ reader: 'gold', at: at?.next ?? 0, ...mark }] : [];
    });
    if (behind.length > 0) return { behind };
    const changes = new Map<string, readonly KeyedChange[]>();
    for (const table of plan.tables) {
      if (table.kind !== 'keyed_table') continue;
      const names = table.storedAs === 2 ? [...table.keys, VALIDITY.from] : table.keys;
      const mine = database
        .rows(table.name)
        .filter((row) => personsInRow(row, subject.columns.get(table.name)!, subject).has(person.id));
      if (mine.length > 0)
        changes.set(
          table.name,
          mine.map((row) => ({ key: names.map((name) => row[name]!), row: null })),
        );
    }
    if (!dryRun) database.apply({ ...emptyCommit, changes });
    // The gold layer may have been faster.
    if (found.length > 0) return found;
    return [...changes].map(([table, rows]) => ({ table, kind: 'table', rows: rows.length, action: 'deleted' }));
  },
});
