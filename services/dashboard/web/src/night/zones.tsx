import type { JSX } from 'preact';
import type { Overview } from '../api/contract.ts';
import { DataTable } from '../components/data-table.tsx';
import { Figure } from '../components/figure.tsx';
import { dayMinute } from '../format/instants.ts';
import { compact, count } from '../format/numbers.ts';
import { zone } from '../state/preferences.ts';

type ZoneTotals = Overview['zones'][number];

const STATE: Readonly<Record<ZoneTotals['state'], string>> = { before: 'to come', during: 'now', after: 'done' };

const ZonesTable = ({ zones }: { zones: readonly ZoneTotals[] }): JSX.Element => (
  <DataTable
    caption="Time zones, from east to west"
    columns={[
      { key: 'zone', label: 'Zone', type: 'int', value: (row: ZoneTotals) => row.offsetHours, show: (row) => row.zone },
      { key: 'state', label: 'Night', value: (row) => row.state, show: (row) => STATE[row.state] },
      { key: 'gifts', label: 'Gifts', numeric: true, value: (row) => row.gifts, show: (row) => count(row.gifts) },
      {
        key: 'delivered',
        label: 'Delivered',
        numeric: true,
        value: (row) => row.delivered,
        show: (row) => count(row.delivered),
      },
      { key: 'events', label: 'Events', numeric: true, value: (row) => row.events, show: (row) => count(row.events) },
      { key: 'cities', label: 'Cities', value: (row) => row.cities.join(', '), show: (row) => row.cities.join(', ') },
    ]}
    rows={zones}
    rowKey={(row) => row.zone}
  />
);

/** How far the night has come, from the first zone that sees it to the last. */
export function Zones({ overview, busy }: { overview: Overview; busy: boolean }): JSX.Element {
  const { zones, totals } = overview;
  const greatest = Math.max(1, ...zones.map((each) => each.gifts));
  const during = zones.filter((each) => each.state === 'during');
  const done = zones.filter((each) => each.state === 'after').length;
  const now =
    during.length === 0
      ? 'Nowhere is it the night of the deliveries now'
      : `It is night in ${during.map((each) => each.zone).join(', ')}`;
  return (
    <Figure
      title="Progress of the night"
      note="gifts by time zone, from east to west"
      class="zones-card"
      busy={busy}
      summary={`${now}; ${done} of ${zones.length} zones are done. ${totals.since === null ? '' : `All totals since ${dayMinute(totals.since, zone.value)}.`}`}
      table={() => <ZonesTable zones={zones} />}
    >
      <dl class="totals">
        <Total label="Gifts so far" value={totals.gifts} />
        <Total label="Delivered" value={totals.delivered} />
        <Total label="Delayed" value={totals.delayed} />
        <Total label="Events" value={totals.events} />
      </dl>
      <ol class="zones" aria-label="Gifts by time zone">
        {zones.map((each) => (
          <li
            key={each.zone}
            class={each.state}
            title={`${each.zone}, ${STATE[each.state]}: ${count(each.gifts)} gifts. ${each.cities.join(', ')}`}
          >
            <span class="zone-value" aria-hidden="true">
              {each.gifts > 0 ? compact(each.gifts) : ''}
            </span>
            <span
              class="zone-bar"
              aria-hidden="true"
              style={{ height: `${Math.max(3, (each.gifts / greatest) * 100)}px` }}
            />
            <span class="zone-name" aria-hidden="true">
              {each.offsetHours > 0 ? `+${each.offsetHours}` : each.offsetHours < 0 ? `−${-each.offsetHours}` : '0'}
            </span>
            <span class="visually-hidden">
              {each.zone}, {STATE[each.state]}: {count(each.gifts)} gifts
            </span>
          </li>
        ))}
      </ol>
      <ul class="legend">
        <li>
          <span class="zone-key after" aria-hidden="true" />
          done
        </li>
        <li>
          <span class="zone-key during" aria-hidden="true" />
          night now
        </li>
        <li>
          <span class="zone-key before" aria-hidden="true" />
          to come
        </li>
      </ul>
    </Figure>
  );
}

const Total = ({ label, value }: { label: string; value: number }): JSX.Element => (
  <div>
    <dt>{label}</dt>
    <dd>{count(value)}</dd>
  </div>
);
