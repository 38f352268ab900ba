import type { Field } from '@medallion/schema';
import type { GovernancePlan, StoragePlan } from './plan.ts';
import { typeText } from './type-text.ts';

/** How a table is stored and what the catalog says of it, as far as anybody said something. */
export const describeSettings = (
  table: { readonly storage: StoragePlan; readonly governance: GovernancePlan },
  usualCleanup: StoragePlan['cleanup'],
): readonly string[] => {
  const { clusterBy, fillfactor, autovacuum, cleanup } = table.storage;
  const stored = [
    ...(clusterBy.length === 0 ? [] : [`clustered by ${clusterBy.join(', ')}`]),
    ...(fillfactor === null ? [] : [`fillfactor ${fillfactor}`]),
    ...Object.entries(autovacuum).map(([name, value]) => `${name} ${value}`),
    ...(cleanup === usualCleanup ? [] : [`cleanup ${cleanup}`]),
  ];
  return [
    ...(stored.length === 0 ? [] : [`  storage     ${stored.join(', ')}`]),
    ...describeGovernance(table.governance),
  ];
};

/** What the catalog says of a table, as far as anybody said something. */
export const describeGovernance = ({ tags, personal, subjects = {} }: GovernancePlan): readonly string[] => {
  const labels = Object.entries(tags).map(([name, value]) => `${name}: ${value}`);
  return [
    ...(labels.length === 0 ? [] : [`  tags        ${labels.join(', ')}`]),
    ...(personal.length === 0 ? [] : [`  personal    ${personal.join(', ')}`]),
    ...Object.entries(subjects).map(([subject, columns]) => `  identifies  ${subject} by ${columns.join(', ')}`),
  ];
};

/** The columns of a table, one a line. */
export function describeColumns(fields: readonly Field[]): readonly string[] {
  const width = Math.max(0, ...fields.map((field) => field.name.length));
  return ['  columns', ...fields.map((field) => `    ${field.name.padEnd(width)}  ${columnText(field)}`)];
}

const columnText = (field: Field): string =>
  `${typeText(field.type)}${field.nullable ? ' or null' : ''}${field.doc === undefined ? '' : `  -- ${field.doc}`}`;
