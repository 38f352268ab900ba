import { pairText } from './describe-flows.ts';
import { describeColumns, describeSettings } from './describe-parts.ts';
import type { ChangeFeedPlan, RelationAggregatePlan, RelationalViewPlan, RelationJoinPlan } from './plan.ts';

/** A relational view: what it reads and joins, in the order in which it is computed. */
export const describeRelation = (v: RelationalViewPlan): readonly string[] => [
  `  from        ${v.source}`,
  ...v.joins.map(joinText),
  ...v.derived.map(({ field, expression }) => `  derive      ${field.name} = ${expression.text}`),
  ...(v.where === null ? [] : [`  where       ${v.where.text}`]),
  ...(v.groupBy === null ? [] : [`  group by    ${v.groupBy.map((f) => f.name).join(', ')}`]),
  ...v.aggregates.map((a) => `  measure     ${a.name} = ${measureText(a)}`),
  ...v.columns.map(({ field, expression }) => `  compute     ${field.name} = ${expression.text}`),
  `  key         ${v.key.join(', ')}`,
  ...(v.surrogateKey === null ? [] : [`  surrogate   ${v.surrogateKey}`]),
  ...describeSettings(v, 'delete'),
  ...describeColumns(v.schema.fields),
];

function joinText({ type, table, on, columns }: RelationJoinPlan): string {
  const pairs = on.map(([left, right]) => (left === right ? left : `${left} = ${right}`));
  const taken = columns.map(
    ({ from, field, otherwise }) => pairText(from, field.name) + (otherwise === null ? '' : ` (or ${otherwise})`),
  );
  return `  ${`${type} join`.padEnd(10)}  ${table} on ${pairs.join(' and ')}, taking ${taken.join(', ') || 'nothing'}`;
}

const measureText = ({ kind, column, where }: RelationAggregatePlan): string =>
  `${kind}(${column ?? ''})${where === null ? '' : ` where ${where.text}`}`;

/** A change feed. */
export const describeFeed = (f: ChangeFeedPlan): readonly string[] => [
  `  changes of  ${f.source}`,
  ...describeColumns(f.schema.fields),
];
