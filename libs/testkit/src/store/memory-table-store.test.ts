import type { MakeHarness } from './contract/index.ts';
import { tableStoreContract } from './contract/index.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryTableStore } from './memory-table-store.ts';

const makeHarness: MakeHarness = async (plan) => {
  const database = new MemoryDatabase();
  let losing = false;
  return {
    open: async (other) => {
      const fateOfCommit = () => {
        const fate = losing ? 'reply_lost' : 'answered';
        losing = false;
        return fate;
      };
      const store = new MemoryTableStore({ database, fateOfCommit });
      await store.migrate(other ?? plan);
      return store;
    },
    rows: async (view) => database.rows(view),
    copied: async (table, beside = []) => {
      const declared = plan.tables.find((t) => t.name === table)!.schema.fields.map(({ name }) => name);
      return database
        .copied(table)
        .map((row) => Object.fromEntries([...declared, ...beside].map((name) => [name, row[name] ?? null])));
    },
    quarantined: async () => database.quarantined,
    late: async () => database.late,
    counts: async () => database.counts,
    leases: async () => database.leases,
    loseNextReply: () => {
      losing = true;
    },
    close: async () => {},
  };
};

tableStoreContract('in memory', makeHarness);
