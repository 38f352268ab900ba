import type { JSX } from 'preact';
import type { Overview } from '../api/contract.ts';
import { BarList } from '../components/bar-list.tsx';
import { DataTable } from '../components/data-table.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Figure } from '../components/figure.tsx';
import { minutes } from '../format/durations.ts';
import { count, percent } from '../format/numbers.ts';

type GiftTotals = Overview['giftTypes'][number];
type WeatherTotals = Overview['weather'][number];
type PartProps = { readonly overview: Overview; readonly busy: boolean };

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const none = <EmptyState title="Nothing in this time">A longer time range may show some.</EmptyState>;

/** What was in the parcels. */
export function GiftTypes({ overview, busy }: PartProps): JSX.Element {
  const types = [...overview.giftTypes].sort((a, b) => b.gifts - a.gifts);
  const [first] = types;
  return (
    <Figure
      title="Gift types"
      class="breakdown"
      busy={busy}
      summary={
        first === undefined
          ? 'No gift was delivered in this time.'
          : `Most are ${first.giftType}: ${count(first.gifts)} of ${count(types.reduce((sum, type) => sum + type.gifts, 0))} gifts.`
      }
      table={() => (
        <DataTable
          caption="Gift types"
          columns={[
            {
              key: 'type',
              label: 'Type',
              value: (row: GiftTotals) => row.giftType,
              show: (row) => capital(row.giftType),
            },
            { key: 'gifts', label: 'Gifts', numeric: true, value: (row) => row.gifts, show: (row) => count(row.gifts) },
            {
              key: 'events',
              label: 'Events',
              numeric: true,
              value: (row) => row.events,
              show: (row) => count(row.events),
            },
            {
              key: 'rate',
              label: 'Delay rate',
              numeric: true,
              value: (row) => row.delayRate,
              show: (row) => percent(row.delayRate),
            },
            {
              key: 'min',
              label: 'Fastest',
              numeric: true,
              value: (row) => row.minMinutes,
              show: (row) => minutes(row.minMinutes),
            },
            {
              key: 'avg',
              label: 'Average',
              numeric: true,
              value: (row) => row.avgMinutes,
              show: (row) => minutes(row.avgMinutes),
            },
            {
              key: 'max',
              label: 'Slowest',
              numeric: true,
              value: (row) => row.maxMinutes,
              show: (row) => minutes(row.maxMinutes),
            },
          ]}
          rows={types}
          rowKey={(row) => row.giftType}
        />
      )}
    >
      {first === undefined ? (
        none
      ) : (
        <BarList
          label="Gifts by type"
          bars={types.map((type) => ({
            key: type.giftType,
            label: capital(type.giftType),
            value: type.gifts,
            text: count(type.gifts),
            more: minutes(type.avgMinutes),
          }))}
        />
      )}
    </Figure>
  );
}

/** What the weather does to punctuality. */
export function Weather({ overview, busy }: PartProps): JSX.Element {
  const kinds = [...overview.weather].sort((a, b) => (b.delayRate ?? -1) - (a.delayRate ?? -1));
  const [worst] = kinds;
  return (
    <Figure
      title="Weather"
      class="breakdown"
      note="delay rate"
      busy={busy}
      summary={
        worst === undefined
          ? 'No weather was reported in this time.'
          : `Latest in ${worst.weather}: ${percent(worst.delayRate)} delayed of ${count(worst.events)} events.`
      }
      table={() => (
        <DataTable
          caption="Weather"
          columns={[
            {
              key: 'weather',
              label: 'Weather',
              value: (row: WeatherTotals) => row.weather,
              show: (row) => capital(row.weather),
            },
            {
              key: 'events',
              label: 'Events',
              numeric: true,
              value: (row) => row.events,
              show: (row) => count(row.events),
            },
            {
              key: 'delayed',
              label: 'Delayed',
              numeric: true,
              value: (row) => row.delayed,
              show: (row) => count(row.delayed),
            },
            {
              key: 'rate',
              label: 'Delay rate',
              numeric: true,
              value: (row) => row.delayRate,
              show: (row) => percent(row.delayRate),
            },
          ]}
          rows={kinds}
          rowKey={(row) => row.weather}
        />
      )}
    >
      {worst === undefined ? (
        none
      ) : (
        <BarList
          label="Delay rate by weather"
          bars={kinds.map((kind) => ({
            key: kind.weather,
            label: capital(kind.weather),
            value: kind.delayRate,
            text: percent(kind.delayRate),
            more: `of ${count(kind.events)}`,
          }))}
        />
      )}
    </Figure>
  );
}
