import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { withQuery } from '../api/client.ts';
import type { Series, Table } from '../api/contract.ts';
import { reloadAlways, useResource } from '../api/resource.ts';
import { type Chart, chartOfSeries } from '../charts/chart-of.ts';
import { ChartView, chartText } from '../charts/chart-view.tsx';
import { DataTable } from '../components/data-table.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Figure } from '../components/figure.tsx';
import { Problem } from '../components/problem.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { dayMinute } from '../format/instants.ts';
import { labelOf, unitOf, withUnit } from '../format/units.ts';
import { zone } from '../state/preferences.ts';

type SeriesFigureProps = { readonly pipeline: string; readonly table: Table; readonly address: string };

/** A measure of a table, drawn over time or by group. */
export function SeriesFigure({ pipeline, table, address }: SeriesFigureProps): JSX.Element {
  const [measure, setMeasure] = useState(table.measures[0] ?? '');
  const following = useMemo(() => ({ pipeline, channel: 'commit', merge: reloadAlways, paceMs: 2_000 }), [pipeline]);
  const { data, problem, changing, reload } = useResource<Series>(
    withQuery(`${address}/series`, { measures: measure }),
    following,
  );
  const chart = useMemo(() => (data.value === null ? null : chartOfSeries(data.value)), [data.value]);
  return (
    <Figure
      title={labelOf(measure)}
      note={table.columns.find((column) => column.name === measure)?.comment ?? undefined}
      summary={chart === null ? '' : chartText(chart)}
      busy={changing.value}
      actions={
        table.measures.length > 1 && (
          <select
            class="plain"
            aria-label="Measure"
            value={measure}
            onChange={(event) => setMeasure(event.currentTarget.value)}
          >
            {table.measures.map((name) => (
              <option key={name} value={name}>
                {labelOf(name)}
              </option>
            ))}
          </select>
        )
      }
      table={() => (chart === null ? <EmptyState title="No rows yet" /> : <ChartTable chart={chart} />)}
    >
      <div class="series-place">
        {problem.value !== null && data.value === null && (
          <Problem problem={problem.value} retry={() => void reload()} />
        )}
        {data.value === null && problem.value === null && <Skeleton />}
        {chart !== null && <ChartView chart={chart} height={280} />}
        {data.value !== null && chart === null && (
          <EmptyState title="No rows yet">The chart appears with the first ones.</EmptyState>
        )}
      </div>
    </Figure>
  );
}

function ChartTable({ chart }: { chart: Chart }): JSX.Element {
  const unit = unitOf(chart.measure);
  const size = chart.kind === 'bar' ? chart.bars.length : chart.x.length;
  const lines =
    chart.kind === 'bar'
      ? [{ label: labelOf(chart.measure), values: chart.bars.map((bar) => bar.value) }]
      : chart.lines;
  const first = (row: number): string =>
    chart.kind === 'bar' ? (chart.bars[row]?.name ?? '') : dayMinute(chart.x[row], zone.value);
  return (
    <DataTable
      caption={labelOf(chart.measure)}
      columns={[
        {
          key: ' first',
          label: chart.kind === 'bar' ? 'Group' : 'Time',
          type: chart.kind === 'bar' ? 'string' : 'long',
          value: (row: number) => (chart.kind === 'bar' ? first(row) : chart.x[row]),
          show: first,
        },
        ...lines.map((line) => ({
          key: line.label,
          label: line.label,
          numeric: true,
          value: (row: number) => line.values[row],
          show: (row: number) => withUnit(line.values[row], unit),
        })),
      ]}
      rows={Array.from({ length: size }, (_, index) => index)}
      rowKey={String}
    />
  );
}
