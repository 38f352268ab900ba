import { clock, count, duration, rate, shortWatermark, value, watermark } from './format.ts';
import { cells, type Line, line, type Span, type Style, span, wrapped } from './line.ts';
import type { GoldTableView, StageState, StageView, Step, View } from './model.ts';
import { tableLines } from './table.ts';

const HINT = { starting: 'Ctrl-C stops', running: 'Ctrl-C drains and stops', stopping: 'Ctrl-C again ends at once' };

/** Below it, what can be worked out from the rest is left out. */
const NARROW = 70;
/** From it on there is room for how far a watermark trails the clock. */
const WIDE = 100;

/** Name and time, and how to end it. */
export function headerLines(view: View, width: number): Line[] {
  const narrow = width < NARROW;
  const left = [span('Medallion', 'title'), span(`  ${view.pipeline}  ${narrow ? '' : view.phase} `)];
  const right = narrow ? HINT[view.phase] : `up ${duration(view.ms)} · ${HINT[view.phase]}`;
  const used = left.reduce((sum, each) => sum + cells(each.text), 0);
  return [[...left, span(' '.repeat(Math.max(1, width - used - cells(right)))), span(right, 'faint')]];
}

const STEP_MARK: { readonly [K in Step['state']]: readonly [string, Style] } = {
  waiting: ['·', 'faint'],
  working: ['…', 'warn'],
  done: ['✓', 'good'],
  failed: ['✗', 'bad'],
};

/** What has to come up, a line each. */
export const stepLines = (view: View): Line[] =>
  view.steps.map((step) => {
    const [mark, style] = STEP_MARK[step.state];
    const time = step.state === 'waiting' ? '' : duration(step.ms);
    return [
      span(`  ${mark} `, style),
      span(step.name.padEnd(16), step.state === 'waiting' ? 'faint' : 'plain'),
      span(time.padStart(10), step.state === 'done' ? 'good' : 'plain'),
      span(step.note === '' ? '' : `  ${step.note}`, step.state === 'failed' ? 'bad' : 'faint'),
    ];
  });

/** Words for a list in which each but the last is followed by a dot. */
const dotted = (words: readonly string[]): string[] =>
  words.map((word, i) => (i === words.length - 1 ? word : `${word} ·`));

/** The same in a line or two, for when everything is up; what counts most comes first. */
export function stepSummary(view: View, width: number): Line[] {
  const parts = view.steps.map(({ name, state, ms }) =>
    state === 'done' ? `${name} ${duration(ms)}` : `${name} ${state === 'failed' ? 'failed' : 'not yet'}`,
  );
  const [first, ...others] = parts.toReversed();
  return wrapped('up after ', dotted([first ?? '', ...others.toReversed()]), width, 'faint');
}

const STATE_STYLE: { readonly [K in StageState]: Style } = {
  waiting: 'faint',
  starting: 'warn',
  ready: 'good',
  'not ready': 'bad',
  restarting: 'bad',
  finished: 'plain',
  failed: 'bad',
  stopping: 'warn',
  stopped: 'faint',
};

/** A row for each process. */
export function stageLines({ stages, now }: View, width: number): Line[] {
  const cell = (text: string, style: Style = 'plain'): Span => span(text, text === '–' ? 'faint' : style);
  const timeOf = (at: StageView['watermark']): string => (width < WIDE ? shortWatermark(at, now) : watermark(at, now));
  return tableLines(
    [
      { head: 'STAGE', align: 'left', cells: stages.map((each) => cell(each.name, 'head')) },
      { head: 'state', align: 'left', cells: stages.map((each) => cell(each.state, STATE_STYLE[each.state])) },
      { head: 'in/s', align: 'right', cells: stages.map((each) => cell(rate(each.inPerSecond))) },
      { head: 'out/s', align: 'right', cells: stages.map((each) => cell(rate(each.outPerSecond))) },
      { head: 'lag', align: 'right', cells: stages.map((each) => cell(count(each.lagRecords))) },
      { head: 'watermark', align: 'left', cells: stages.map((each) => cell(timeOf(each.watermark))) },
      { head: 'behind', align: 'right', cells: stages.map((each) => cell(seconds(each.lagSeconds))) },
      {
        head: 'restarts',
        align: 'right',
        cells: stages.map((each) => cell(count(each.restarts), each.restarts > 0 ? 'warn' : 'plain')),
      },
    ],
    width,
  );
}

const seconds = (s: number | null): string => (s === null ? '–' : duration(s * 1000));

/** A row for each expectation. */
export const ruleLines = ({ rules }: View, width: number): Line[] =>
  tableLines(
    [
      { head: 'EXPECTATION', align: 'left', cells: rules.map((each) => span(each.rule)) },
      { head: 'passed', align: 'right', cells: rules.map((each) => span(count(each.passed))) },
      {
        head: 'failed',
        align: 'right',
        cells: rules.map((each) => span(count(each.failed), each.failed > 0 ? 'warn' : 'plain')),
      },
      { head: 'then', align: 'left', cells: rules.map((each) => span(each.action, 'faint')) },
    ],
    width,
  );

/** A row for each reason why records are not in their table. */
export const refusedLines = ({ refused }: View, width: number): Line[] =>
  refused.length === 0
    ? [line('QUARANTINE', 'faint'), line('empty', 'faint')]
    : tableLines(
        [
          { head: 'QUARANTINE', align: 'left', cells: refused.map((each) => span(each.reason.replaceAll('_', ' '))) },
          { head: 'records', align: 'right', cells: refused.map((each) => span(count(each.records), 'warn')) },
        ],
        width,
      );

/** Both in a line or two, for short terminals. */
export function qualitySummary({ rules, refused }: View, width: number): Line[] {
  const sum = (of: 'passed' | 'failed') => count(rules.reduce((total, each) => total + each[of], 0));
  const reasons = refused.map((each) => `${each.reason.replaceAll('_', ' ')} ${count(each.records)}`);
  return [
    ...wrapped('expectations ', `${sum('passed')} passed, ${sum('failed')} failed`, width),
    ...wrapped('quarantine   ', reasons.length === 0 ? 'empty' : dotted(reasons), width).slice(0, 2),
  ];
}

const rowStyle = (isFinal: boolean): Style => (isFinal ? 'plain' : 'warn');

/** The first `rows` rows of a table, each with a mark: final or provisional. */
export function goldLines(table: GoldTableView, width: number, rows: number): Line[] {
  const shown = table.rows.slice(0, rows);
  const numeric = (kind: string): boolean => ['int', 'long', 'double'].includes(kind);
  const columns = table.columns.map(({ name, kind }, i) => ({
    head: name,
    align: numeric(kind) ? ('right' as const) : ('left' as const),
    cells: shown.map((row) => span(value(row.values[i], kind), rowStyle(row.isFinal))),
    max: 24,
  }));
  const mark = {
    head: ' ',
    align: 'left' as const,
    cells: shown.map(({ isFinal }) => span(isFinal ? '●' : '○', rowStyle(isFinal))),
  };
  const body = shown.length === 0 ? [line('  no rows yet', 'faint')] : tableLines([mark, ...columns], width);
  return [line(table.name, 'head'), ...body];
}

/** What is wrong now, with the remedy in full. */
export const problemLines = ({ problems }: View, width: number): Line[] =>
  problems.flatMap(({ where, code, message, remedy }) => [
    [span(`✗ ${code} `, 'bad'), span(where, 'head')],
    ...wrapped('  ', message, width).slice(0, 3),
    ...wrapped('  remedy: ', remedy, width, 'warn').slice(0, 3),
  ]);

/** The newest `most` things that happened. */
export const noteLines = ({ notes }: View, most: number): Line[] =>
  most <= 0 ? [] : notes.slice(-most).map(({ at, text }) => [span(`${clock(at)} `, 'faint'), span(text)]);

/** Where the pages are, how to query, where the metrics and the logs are; wrapped and never cut, so that they can be copied. */
export function helpLines({ help }: View, width: number): Line[] {
  if (help === null) return [];
  const metrics = help.metrics.map(({ name, url }, i) => `${i === 0 ? url : new URL(url).host} ${name}`);
  return [
    ...(help.dashboard === null ? [] : wrapped('dashboard ', help.dashboard, width)),
    ...wrapped('query     ', help.query, width),
    ...wrapped('database  ', help.databaseUrl, width),
    ...wrapped('metrics   ', dotted(metrics), width),
    ...wrapped('logs      ', help.logs, width),
  ];
}
