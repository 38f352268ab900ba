export { MemoryFiles, type MemoryFilesOptions } from './memory-files.ts';
