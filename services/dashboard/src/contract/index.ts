export * from './business.ts';
export * from './catalog.ts';
export * from './common.ts';
export * from './operator.ts';
export * from './parameters.ts';
export * from './quality.ts';
export * from './queries.ts';
export * from './tables.ts';
