export { rowCodecsContract } from './contract.ts';
export { createMemoryCodecs, MemoryRegistry } from './memory-codecs.ts';
