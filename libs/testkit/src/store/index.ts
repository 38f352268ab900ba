export {
  contractPipeline,
  type MakeHarness,
  type StoreHarness,
  tableStoreContract,
} from './contract/index.ts';
export { type Applied, MemoryDatabase } from './memory-database.ts';
export { MemoryRedrives } from './memory-redrives.ts';
export { memoryResetStore, memoryViewRebuild } from './memory-refresh.ts';
export { MemoryRelations } from './memory-relations.ts';
export { type CommitFate, MemoryTableStore, type MemoryTableStoreOptions } from './memory-table-store.ts';
export { replay, shopFeeds } from './shop/replay.ts';
export { type ShopChanges, shopChanges } from './shop/shop-changes.ts';
export { shopPipeline, shopView, shopViews } from './shop/shop-plan.ts';
