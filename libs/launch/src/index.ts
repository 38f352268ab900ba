export { launch } from './launch.ts';
export { query, tableText } from './query.ts';
