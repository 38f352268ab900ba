import type { Row } from '../contract/index.ts';
import { MASK } from '../quality/masked-row.ts';

/** The longest text of a cell. */
const CHARACTERS = 4_096;

/** A row of names, values and whether they tell who somebody is: such values are masked, and long texts cut. */
export const shownCells = (cells: readonly (readonly [string, unknown, boolean])[]): Row =>
  Object.fromEntries(cells.map(([name, value, personal]) => [name, personal && value !== null ? MASK : short(value)]));

function short(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > CHARACTERS ? `${value.slice(0, CHARACTERS)}…`.toWellFormed() : value;
  if (typeof value !== 'object' || value === null) return value;
  // Lists of records: whole, or not at all.
  return JSON.stringify(value).length > CHARACTERS * 4 ? '…' : value;
}
