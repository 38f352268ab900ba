export { medallion } from './medallion.ts';
