export * from './codec/index.ts';
export * from './driver/index.ts';
export * from './files/index.ts';
export * from './log/index.ts';
export * from './seeded.ts';
export * from './simulation/index.ts';
export * from './store/index.ts';
export * from './tracing/index.ts';
