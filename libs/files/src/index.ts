export { createFileSource, type FileSourceSettings } from './create-file-source.ts';
