import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Overview } from '../api/contract.ts';
import { DataTable } from '../components/data-table.tsx';
import { Figure } from '../components/figure.tsx';
import { Segmented } from '../components/segmented.tsx';
import { count, percent } from '../format/numbers.ts';
import type { Spot } from '../map/world-map.tsx';
import { lazy } from '../router/lazy.tsx';
import { stored } from '../state/stored.ts';
import { pointedAt } from './pointed-at.ts';

const WorldMap = lazy(async () => (await import('../map/world-map.tsx')).WorldMap);

const LAYERS = [
  { value: 'cities', label: 'Cities' },
  { value: 'regions', label: 'Regions' },
] as const;
type Layer = (typeof LAYERS)[number]['value'];

const layer = stored<Layer>('map-layer', ['cities', 'regions'], 'cities');

type Measured = Pick<Overview['cities'][number], 'gifts' | 'events' | 'delayRate'>;

const details = (totals: Measured): Spot['details'] => [
  ['Gifts', count(totals.gifts)],
  ['Events', count(totals.events)],
  ['Delay rate', percent(totals.delayRate)],
];

const citySpots = (overview: Overview): readonly Spot[] =>
  overview.cities.map((city) => ({
    key: city.city,
    label: city.city,
    longitude: city.longitude,
    latitude: city.latitude,
    value: city.gifts,
    details: details(city),
  }));

const regionSpots = (overview: Overview): readonly Spot[] =>
  overview.regions.flatMap(({ region, longitude, latitude, ...totals }) =>
    longitude === null || latitude === null
      ? []
      : [{ key: region, label: region, longitude, latitude, value: totals.gifts, details: details(totals) }],
  );

const SpotTable = ({ spots, what }: { spots: readonly Spot[]; what: string }): JSX.Element => (
  <DataTable
    caption={`Gifts by ${what}`}
    sortable={false}
    columns={[
      {
        key: 'label',
        label: what === 'city' ? 'City' : 'Region',
        value: (row: Spot) => row.label,
        show: (row) => row.label,
      },
      ...['Gifts', 'Events', 'Delay rate'].map((name, index) => ({
        key: name,
        label: name,
        numeric: true,
        value: (row: Spot) => row.details[index]?.[1],
        show: (row: Spot) => row.details[index]?.[1],
      })),
    ]}
    rows={spots}
    rowKey={(row) => row.key}
  />
);

/** Where the gifts went. */
export function MapCard({ overview, busy }: { overview: Overview; busy: boolean }): JSX.Element {
  const shown = layer.value;
  const spots = useMemo(
    () => (shown === 'cities' ? citySpots(overview) : regionSpots(overview)).toSorted((a, b) => b.value - a.value),
    [shown, overview.cities, overview.regions],
  );
  const what = shown === 'cities' ? 'city' : 'region';
  const [first] = spots;
  return (
    <Figure
      title="Where the gifts go"
      class="map-card"
      busy={busy}
      summary={
        first === undefined
          ? 'Nothing was delivered in this time.'
          : `Gifts delivered by ${what}; most in ${first.label}, ${count(first.value)}. The darker half is where it is night.`
      }
      actions={
        <Segmented
          label="Map layer"
          options={LAYERS}
          value={shown}
          onChange={(value) => {
            layer.value = value;
          }}
        />
      }
      table={() => <SpotTable spots={spots} what={what} />}
    >
      <div class="map-place">
        <WorldMap
          label={`Gifts by ${what}`}
          spots={spots}
          wide={shown === 'regions'}
          at={Date.parse(overview.range.to)}
          active={pointedAt.value}
          onPoint={(key) => {
            pointedAt.value = key;
          }}
        />
      </div>
    </Figure>
  );
}
