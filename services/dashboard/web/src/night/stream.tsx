import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Deliveries, Delivery } from '../api/contract.ts';
import { useResource } from '../api/resource.ts';
import { Card } from '../components/card.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { Problem } from '../components/problem.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { clock } from '../format/instants.ts';
import { count } from '../format/numbers.ts';
import { SANTA } from '../state/pipelines.ts';
import { zone } from '../state/preferences.ts';
import { choices, filterDeliveries, mergeDeliveries, type StreamFilter } from './deliveries.ts';

const FOLLOWING = { pipeline: SANTA, channel: 'deliveries', merge: mergeDeliveries };
const ALL: StreamFilter = { region: '', status: '', giftType: '', text: '' };
const SHOWN = 60;

const STATUS: Readonly<Record<string, { readonly icon: IconName; readonly tone: string; readonly word: string }>> = {
  delivered: { icon: 'check', tone: 'good', word: 'delivered' },
  delayed: { icon: 'clock', tone: 'bad', word: 'delayed' },
  en_route: { icon: 'arrow-right', tone: '', word: 'en route' },
};

function Status({ status }: { status: string | null }): JSX.Element {
  const known = status === null ? undefined : STATUS[status];
  if (known === undefined) return <span class="chip warn">{status ?? 'no status'}</span>;
  return (
    <span class={`chip ${known.tone}`}>
      <Icon name={known.icon} />
      {known.word}
    </span>
  );
}

const Line = ({ delivery }: { delivery: Delivery }): JSX.Element => (
  <tr>
    <td class="muted" title={`Happened ${delivery.at ?? 'at an unknown time'}`}>
      {clock(delivery.arrivedAt, zone.value)}
    </td>
    <td>
      <Status status={delivery.status} />
    </td>
    <td>
      {delivery.city ?? '–'} <span class="muted">{delivery.country}</span>
    </td>
    <td class="numeric">{count(delivery.gifts)}</td>
    <td>{delivery.giftType ?? '–'}</td>
    <td class="muted">{delivery.weather ?? '–'}</td>
  </tr>
);

/** The latest events as they arrive; can be held and narrowed. */
export function Stream(): JSX.Element {
  const { data, problem, reload } = useResource<Deliveries>('/api/deliveries?limit=200', FOLLOWING);
  const [held, setHeld] = useState<readonly Delivery[] | null>(null);
  const [filter, setFilter] = useState(ALL);
  const latest = data.value?.deliveries ?? null;
  const all = held ?? latest;
  const fitting = useMemo(() => (all === null ? null : filterDeliveries(all, filter)), [all, filter]);
  const waiting = held === null || latest === null ? 0 : newer(latest, held);
  return (
    <Card
      title="Latest deliveries"
      class="stream-card"
      actions={
        <button
          type="button"
          class="button"
          disabled={latest === null}
          onClick={() => setHeld(held === null ? latest : null)}
        >
          <Icon name={held === null ? 'pause' : 'play'} />
          {held === null ? 'Pause' : waiting > 0 ? `Go on, ${count(waiting)} new` : 'Go on'}
        </button>
      }
    >
      <Filters filter={filter} deliveries={all ?? []} onChange={setFilter} />
      <StreamBody
        problem={
          problem.value !== null && all === null ? (
            <Problem problem={problem.value} retry={() => void reload()} />
          ) : null
        }
        fitting={fitting}
        any={all !== null && all.length > 0}
        onClear={() => setFilter(ALL)}
      />
    </Card>
  );
}

/** How many of the latest came after the held ones; the greatest that can be counted is all that are kept. */
const newer = (latest: readonly Delivery[], held: readonly Delivery[]): number => {
  const index = latest.findIndex((delivery) => delivery.id === held[0]?.id);
  return index < 0 ? latest.length : index;
};

type BodyProps = {
  readonly problem: JSX.Element | null;
  readonly fitting: readonly Delivery[] | null;
  readonly any: boolean;
  readonly onClear: () => void;
};

function StreamBody({ problem, fitting, any, onClear }: BodyProps): JSX.Element {
  if (problem !== null) return problem;
  if (fitting === null) return <Skeleton lines={10} />;
  if (fitting.length === 0)
    return any ? (
      <EmptyState title="None of the latest deliveries fits">
        <button type="button" class="button" onClick={onClear}>
          Show all
        </button>
      </EmptyState>
    ) : (
      <EmptyState title="No delivery yet">They appear here as they are read from the topic.</EmptyState>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard
    <section class="table-scroll stream" tabIndex={0} aria-label="Latest deliveries, table">
      <table class="data-table">
        <caption class="visually-hidden">Latest deliveries, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Arrived</th>
            <th scope="col">Status</th>
            <th scope="col">City</th>
            <th scope="col" class="numeric">
              Gifts
            </th>
            <th scope="col">Type</th>
            <th scope="col">Weather</th>
          </tr>
        </thead>
        <tbody>
          {fitting.slice(0, SHOWN).map((delivery) => (
            <Line key={delivery.id} delivery={delivery} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

type FiltersProps = {
  readonly filter: StreamFilter;
  readonly deliveries: readonly Delivery[];
  readonly onChange: (filter: StreamFilter) => void;
};

const SELECTS = [
  { name: 'region', label: 'Region', all: 'All regions' },
  { name: 'status', label: 'Status', all: 'Any status' },
  { name: 'giftType', label: 'Gift type', all: 'All gifts' },
] as const;

const Filters = ({ filter, deliveries, onChange }: FiltersProps): JSX.Element => (
  <div class="stream-filters">
    {SELECTS.map(({ name, label, all }) => (
      <select
        key={name}
        class="plain"
        aria-label={label}
        value={filter[name]}
        onChange={(event) => onChange({ ...filter, [name]: event.currentTarget.value })}
      >
        <option value="">{all}</option>
        {[...new Set([...choices(deliveries, name), ...(filter[name] === '' ? [] : [filter[name]])])].map((value) => (
          <option key={value} value={value}>
            {name === 'status' ? (STATUS[value]?.word ?? value) : value}
          </option>
        ))}
      </select>
    ))}
    <input
      class="plain"
      type="search"
      placeholder="City, country, id …"
      aria-label="Text in city, country, weather or id"
      value={filter.text}
      onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
    />
  </div>
);
