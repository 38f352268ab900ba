export type * from '../../../src/contract/index.ts';
