export type { StoreTimeouts } from './connection.ts';
export { createGoldReader, type GoldReader, type Query } from './gold-reader.ts';
export { createTableStore, type TableStoreOptions } from './table-store.ts';
