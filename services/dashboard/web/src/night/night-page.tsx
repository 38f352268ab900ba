import type { JSX } from 'preact';
import { withQuery } from '../api/client.ts';
import type { Overview } from '../api/contract.ts';
import { useResource } from '../api/resource.ts';
import '../styles/kpi.css';
import '../styles/bar-list.css';
import '../styles/table.css';
import '../styles/night.css';
import { AsOfNote } from '../components/as-of-note.tsx';
import { Problem } from '../components/problem.tsx';
import { RANGE_MINUTES, RangeChooser } from '../components/range-chooser.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { currentSearch, setSearch } from '../router/router.ts';
import { Page } from '../shell/page.tsx';
import { SANTA } from '../state/pipelines.ts';
import { GiftTypes, Weather } from './breakdowns.tsx';
import { Kpis } from './kpis.tsx';
import { MapCard } from './map-card.tsx';
import { RatesChart, VolumeChart } from './minutes.tsx';
import { CHANNEL_MINUTES, mergeOverview } from './overview.ts';
import { Ranking } from './ranking.tsx';
import { Stream } from './stream.tsx';
import { Zones } from './zones.tsx';

const FOLLOWING = { pipeline: SANTA, channel: 'overview', merge: mergeOverview };

const chosenMinutes = (): number => {
  const asked = Number(currentSearch.value.get('minutes'));
  return RANGE_MINUTES.includes(asked) ? asked : CHANNEL_MINUTES;
};

/** The business page: the night of the deliveries, live. */
export function NightPage(): JSX.Element {
  const minutes = chosenMinutes();
  const { data, problem, changing, reload } = useResource<Overview>(withQuery('/api/overview', { minutes }), FOLLOWING);
  const overview = data.value;
  return (
    <Page
      title="The night"
      note={overview === null ? 'on its way' : <AsOfNote asOf={overview.asOf} />}
      tools={
        <RangeChooser
          minutes={minutes}
          onChange={(chosen) => setSearch({ minutes: chosen === CHANNEL_MINUTES ? null : String(chosen) })}
        />
      }
    >
      <div class="stack" data-version={overview?.asOf.version}>
        {problem.value !== null && overview === null && <Problem problem={problem.value} retry={() => void reload()} />}
        <Kpis overview={overview} />
        {overview === null ? <Places /> : <Parts overview={overview} busy={changing.value} />}
      </div>
    </Page>
  );
}

/** The cards before their first numbers, each of its final size. */
const Places = (): JSX.Element => (
  <div class="night" aria-hidden="true">
    {['map-card', 'ranking', 'volume', 'rates', 'zones-card', 'breakdown', 'breakdown', 'stream-card'].map(
      (name, index) => (
        <div key={index} class={`card place ${name}`}>
          <Skeleton />
        </div>
      ),
    )}
  </div>
);

const Parts = ({ overview, busy }: { overview: Overview; busy: boolean }): JSX.Element => (
  <div class="night">
    <MapCard overview={overview} busy={busy} />
    <Ranking overview={overview} busy={busy} />
    <VolumeChart overview={overview} busy={busy} />
    <RatesChart overview={overview} busy={busy} />
    <Zones overview={overview} busy={busy} />
    <GiftTypes overview={overview} busy={busy} />
    <Weather overview={overview} busy={busy} />
    <Stream />
  </div>
);
