/** A condition on a column, as the API takes it. */
export type Condition = { readonly column: string; readonly operator: string; readonly value: string };

/** The comparisons of the API, and what stands for them. */
export const OPERATORS: readonly (readonly [name: string, sign: string])[] = [
  ['eq', '='],
  ['ne', '≠'],
  ['lt', '<'],
  ['lte', '≤'],
  ['gt', '>'],
  ['gte', '≥'],
  ['null', 'is missing'],
  ['not_null', 'is there'],
];

/** So many the API takes at once. */
export const MOST_CONDITIONS = 10;

/** Whether a comparison is with a value. */
export const needsValue = (operator: string): boolean => operator !== 'null' && operator !== 'not_null';

/** `column:operator:value` */
export const filterText = ({ column, operator, value }: Condition): string =>
  needsValue(operator) ? `${column}:${operator}:${value}` : `${column}:${operator}`;

/** What stands for a comparison. */
export const signOf = (operator: string): string => OPERATORS.find(([name]) => name === operator)?.[1] ?? operator;
