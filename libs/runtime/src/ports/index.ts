export type * from './file-source.ts';
export type * from './log-admin.ts';
export type * from './record-log.ts';
export type * from './reset-store.ts';
export type * from './row-codec.ts';
export type * from './table-store.ts';
export { RowRefusedError } from './table-store.ts';
export type * from './view-rebuild.ts';
