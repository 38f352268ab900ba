import { instant, isoString } from '@medallion/core';
import { count, duration, rate, value, watermark } from './format.ts';
import type { FieldType, GoldTableView, HelpView, StageView, Value, View } from './model.ts';

/** What a process says of itself; what it has not said, or has nothing of, is left out. */
const stage = (each: StageView, view: View): string => {
  const rates = [
    ...(each.inPerSecond === null ? [] : [`in ${rate(each.inPerSecond)}/s`]),
    ...(each.outPerSecond === null ? [] : [`out ${rate(each.outPerSecond)}/s`]),
  ].join(' ');
  const waited = each.lagSeconds === null ? '' : ` (${duration(each.lagSeconds * 1000)})`;
  const told = [
    each.state,
    ...(rates === '' ? [] : [rates]),
    ...(each.lagRecords === null ? [] : [`lag ${count(each.lagRecords)}${waited}`]),
    ...(each.watermark === null ? [] : [`watermark ${watermark(each.watermark, view.now)}`]),
    ...(each.restarts > 0 ? [`restarts ${each.restarts}`] : []),
  ];
  return `${each.name}: ${told.join(', ')}`;
};

/** With the year, as a log is read later. */
const text = (of: Value, kind: FieldType['kind']): string =>
  kind === 'timestamp' && typeof of === 'number' ? isoString(instant(of)) : value(of, kind);

const goldRow = (table: GoldTableView): string => {
  const [row] = table.rows;
  if (row === undefined) return `${table.name}: no rows yet`;
  const cells = table.columns.map(({ name, kind }, i) => `${name} ${text(row.values[i] ?? null, kind)}`);
  return `${table.name}: ${row.isFinal ? 'final' : 'provisional'}, ${cells.join(', ')}`;
};

/** The state as plain lines for a log: each begins with the time, nothing is cut, nothing is coloured. */
export function plainLines(view: View): string[] {
  const rules = view.rules.map(({ rule, passed, failed }) => `${rule} ${count(passed)}/${count(failed)}`);
  const refused = view.refused.map(({ reason, records }) => `${reason} ${count(records)}`);
  const problems = view.problems.map(
    ({ where, code, message, remedy }) => `${where}: ${code}: ${message} (remedy: ${remedy})`,
  );
  const lines = [
    ...view.stages.map((each) => stage(each, view)),
    `expectations passed/failed: ${rules.length > 0 ? rules.join(', ') : 'none yet'}`,
    `quarantine: ${refused.length > 0 ? refused.join(', ') : 'empty'}`,
    ...view.gold.map(goldRow),
    ...problems,
  ];
  return lines.map((text) => stamped(view, text));
}

/** A line with the time in front of it. */
export const stamped = (view: Pick<View, 'now'>, text: string): string =>
  `${isoString(view.now).slice(0, 19)}Z  ${text.replaceAll('\n', ' ')}`;

/** Where the pages are, how to query, where the metrics and the logs are. */
export const plainHelp = (help: HelpView): string[] => [
  ...(help.dashboard === null ? [] : [`dashboard: ${help.dashboard}`]),
  `query: ${help.query}`,
  `database: ${help.databaseUrl}`,
  ...help.metrics.map(({ name, url }) => `metrics of ${name}: ${url}`),
  `logs: ${help.logs}`,
];
