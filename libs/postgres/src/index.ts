export type { StoreTimeouts } from './connection.ts';
export { createGoldReader, type GoldReader, type Query } from './gold-reader.ts';
export { type ColumnLineage, columnLineageOf, type Origin, personalColumnsOf } from './governance/column-lineage.ts';
export { createErasureStore } from './governance/erasures.ts';
export { personalRole, readerRole, readerSchema } from './governance/governance.ts';
export { createRedriveStore, type RedriveSelection } from './redrives.ts';
export { refreshView } from './refresh-view.ts';
export { type MigrationRehearsal, type RelationChange, rehearseMigration } from './rehearse-migration.ts';
export { createTableStore, type TableStoreOptions } from './table-store.ts';
