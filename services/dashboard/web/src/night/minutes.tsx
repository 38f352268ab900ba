import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Overview } from '../api/contract.ts';
import { Legend } from '../charts/legend.tsx';
import { type ChartLine, LineChart } from '../charts/line-chart.tsx';
import { DataTable } from '../components/data-table.tsx';
import { Figure } from '../components/figure.tsx';
import { dayMinute } from '../format/instants.ts';
import { compact, count, decimal, percent } from '../format/numbers.ts';
import { zone } from '../state/preferences.ts';

type Minutes = Overview['minutes'];
type MinuteLine = Omit<ChartLine, 'values'> & {
  readonly column: 'events' | 'delivered' | 'delayed' | 'gifts' | 'successRate' | 'delayRate';
};

const VOLUME: readonly MinuteLine[] = [
  { column: 'events', label: 'Events', colour: 7 },
  { column: 'delivered', label: 'Delivered', colour: 1, filled: true },
  { column: 'delayed', label: 'Delayed', colour: 4 },
];
const RATES: readonly MinuteLine[] = [
  { column: 'successRate', label: 'Success rate', colour: 3 },
  { column: 'delayRate', label: 'Delay rate', colour: 4 },
];

const rowsOf = (minutes: Minutes): readonly number[] => minutes.start.map((_, index) => index).reverse();

/** All columns of the minutes as a table, the newest first. */
const MinutesTable = ({ minutes, lines }: { minutes: Minutes; lines: readonly MinuteLine[] }): JSX.Element => (
  <DataTable
    caption="Per minute, newest first"
    columns={[
      {
        key: 'start',
        label: 'Minute',
        value: (row: number) => minutes.start[row],
        show: (row: number) => dayMinute(minutes.start[row], zone.value),
      },
      ...lines.map(({ column, label }) => ({
        key: column,
        label,
        numeric: true,
        value: (row: number) => minutes[column][row],
        show: (row: number) => {
          const value = minutes[column][row] ?? null;
          return column.endsWith('Rate') ? percent(value) : count(value);
        },
      })),
      {
        key: 'final',
        label: 'State',
        value: (row: number) => minutes.final[row],
        show: (row: number) => (minutes.final[row] ? 'final' : 'provisional'),
      },
    ]}
    rows={rowsOf(minutes)}
    rowKey={(row) => minutes.start[row] ?? String(row)}
  />
);

const openCount = (minutes: Minutes): number => minutes.final.filter((final) => !final).length;
const openText = (minutes: Minutes): string => {
  const open = openCount(minutes);
  return open === 0
    ? ''
    : ` The last ${open === 1 ? 'minute is' : `${open} minutes are`} provisional: their windows are still open.`;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const volumeText = (minutes: Minutes): string => {
  const events = sum(minutes.events);
  const mean = events / Math.max(1, minutes.events.length);
  return `${count(events)} events, ${count(sum(minutes.delivered))} delivered and ${count(sum(minutes.delayed))} delayed; ${decimal(mean)} events a minute on average.${openText(minutes)}`;
};

const ratesText = (minutes: Minutes): string => {
  const delivered = sum(minutes.delivered);
  const delayed = sum(minutes.delayed);
  const rate = delivered + delayed === 0 ? null : delivered / (delivered + delayed);
  return `Of what was delivered or delayed, ${percent(rate)} was delivered.${openText(minutes)}`;
};

type PartProps = { readonly overview: Overview; readonly busy: boolean };

function MinuteChart(props: {
  readonly title: string;
  readonly lines: readonly MinuteLine[];
  readonly summary: string;
  readonly format: (value: number | null) => string;
  readonly top?: number;
  readonly part: PartProps;
}): JSX.Element {
  const { minutes } = props.part.overview;
  const x = useMemo(() => minutes.start.map((start) => Date.parse(start)), [minutes]);
  const lines = useMemo(
    () => props.lines.map(({ column, ...line }) => ({ ...line, values: minutes[column] })),
    [minutes, props.lines],
  );
  return (
    <Figure
      title={props.title}
      summary={props.summary}
      busy={props.part.busy}
      legend={<Legend lines={props.lines} provisional={openCount(minutes) > 0} />}
      table={() => <MinutesTable minutes={minutes} lines={props.lines} />}
    >
      <LineChart
        x={x}
        lines={lines}
        final={minutes.final}
        format={props.format}
        {...(props.top === undefined ? {} : { top: props.top })}
      />
    </Figure>
  );
}

/** How many events there were, minute by minute. */
export const VolumeChart = (part: PartProps): JSX.Element => (
  <MinuteChart
    title="Events per minute"
    lines={VOLUME}
    summary={volumeText(part.overview.minutes)}
    format={compact}
    part={part}
  />
);

/** How well it went, minute by minute. */
export const RatesChart = (part: PartProps): JSX.Element => (
  <MinuteChart
    title="Success and delay per minute"
    lines={RATES}
    summary={ratesText(part.overview.minutes)}
    format={(value) => percent(value, 0)}
    top={1}
    part={part}
  />
);
