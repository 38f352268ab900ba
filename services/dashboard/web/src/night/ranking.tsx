import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CityTotals, Overview } from '../api/contract.ts';
import { BarList } from '../components/bar-list.tsx';
import { DataTable } from '../components/data-table.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Figure } from '../components/figure.tsx';
import { Segmented } from '../components/segmented.tsx';
import { count, percent } from '../format/numbers.ts';
import { pointedAt } from './pointed-at.ts';

const BY = [
  { value: 'gifts', label: 'By gifts' },
  { value: 'events', label: 'By volume' },
] as const;
type By = (typeof BY)[number]['value'];

const ranked = (cities: readonly CityTotals[], by: By): readonly CityTotals[] =>
  [...cities].sort((a, b) => (by === 'gifts' ? a.rankByGifts - b.rankByGifts : a.rankByVolume - b.rankByVolume));

const CitiesTable = ({ cities }: { cities: readonly CityTotals[] }): JSX.Element => (
  <DataTable
    caption="All cities"
    columns={[
      { key: 'city', label: 'City', value: (row: CityTotals) => row.city, show: (row) => row.city },
      { key: 'country', label: 'Country', value: (row) => row.country, show: (row) => row.country },
      { key: 'gifts', label: 'Gifts', numeric: true, value: (row) => row.gifts, show: (row) => count(row.gifts) },
      { key: 'events', label: 'Events', numeric: true, value: (row) => row.events, show: (row) => count(row.events) },
      {
        key: 'delivered',
        label: 'Delivered',
        numeric: true,
        value: (row) => row.delivered,
        show: (row) => count(row.delivered),
      },
      {
        key: 'delayed',
        label: 'Delayed',
        numeric: true,
        value: (row) => row.delayed,
        show: (row) => count(row.delayed),
      },
      {
        key: 'delayRate',
        label: 'Delay rate',
        numeric: true,
        value: (row) => row.delayRate,
        show: (row) => percent(row.delayRate),
      },
    ]}
    rows={cities}
    rowKey={(row) => `${row.city}, ${row.country}`}
  />
);

/** Which cities got most. */
export function Ranking({ overview, busy }: { overview: Overview; busy: boolean }): JSX.Element {
  const [by, setBy] = useState<By>('gifts');
  const cities = ranked(overview.cities, by);
  const [first, second] = cities;
  const unit = by === 'gifts' ? 'gifts' : 'events';
  return (
    <Figure
      title="Cities"
      class="ranking"
      busy={busy}
      summary={
        first === undefined
          ? 'No city has had a delivery in this time.'
          : `${first.city} leads with ${count(first[by])} ${unit}${second === undefined ? '' : `, before ${second.city} with ${count(second[by])}`}. ${cities.length} cities in all.`
      }
      actions={<Segmented label="Rank by" options={BY} value={by} onChange={setBy} />}
      table={() => <CitiesTable cities={cities} />}
    >
      {first === undefined ? (
        <EmptyState title="No city yet">
          They appear with their first delivery. A longer time range may show some.
        </EmptyState>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard
        <section class="bar-scroll" tabIndex={0} aria-label={`All cities by ${unit}`}>
          <BarList
            label={`Cities by ${unit}`}
            numbered
            active={pointedAt.value}
            onPoint={(key) => {
              pointedAt.value = key;
            }}
            bars={cities.map((city) => ({
              key: city.city,
              label: city.city,
              note: city.country,
              value: city[by],
              text: count(city[by]),
              more: `${percent(city.delayRate, 0)} late`,
            }))}
          />
        </section>
      )}
    </Figure>
  );
}
