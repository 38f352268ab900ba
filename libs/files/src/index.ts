export type { FileSource } from '@medallion/runtime';
