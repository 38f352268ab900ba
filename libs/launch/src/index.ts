export { launch } from './launch.ts';
export { query } from './query.ts';
