import type { JSX } from 'preact';
import type { Overview } from '../api/contract.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { settled } from '../charts/split-final.ts';
import { KpiCard } from '../components/kpi-card.tsx';
import { change, type Meaning } from '../format/change.ts';
import { minutes } from '../format/durations.ts';
import { compact, count, percent } from '../format/numbers.ts';
import { spanBefore } from '../format/windows.ts';

type Shown = {
  readonly name: keyof Overview['kpis'];
  readonly label: string;
  readonly show: (value: number | null) => string;
  readonly meaning: Meaning;
  readonly as?: 'relative' | 'points';
  /** The column of the minutes that it moves with. */
  readonly spark?: 'delivered' | 'successRate' | 'delayRate' | 'gifts';
};

const whole = (value: number | null): string => (value !== null && value >= 1_000_000 ? compact(value) : count(value));

const SHOWN: readonly Shown[] = [
  { name: 'deliveries', label: 'Deliveries', show: whole, meaning: 'more-is-better', spark: 'delivered' },
  {
    name: 'successRate',
    label: 'Success rate',
    show: percent,
    meaning: 'more-is-better',
    as: 'points',
    spark: 'successRate',
  },
  {
    name: 'delayRate',
    label: 'Delay rate',
    show: percent,
    meaning: 'less-is-better',
    as: 'points',
    spark: 'delayRate',
  },
  { name: 'gifts', label: 'Gifts delivered', show: whole, meaning: 'more-is-better', spark: 'gifts' },
  { name: 'avgMinutes', label: 'Average time', show: minutes, meaning: 'less-is-better' },
  { name: 'avgAdjustedMinutes', label: 'Weather-adjusted time', show: minutes, meaning: 'less-is-better' },
  { name: 'activeCities', label: 'Active cities', show: count, meaning: 'more-is-better' },
];

/** The numbers of the night, against the time before. */
export function Kpis({ overview }: { overview: Overview | null }): JSX.Element {
  const against = spanBefore(overview?.range.minutes ?? 60);
  return (
    <dl class="kpis" aria-label={`Key numbers, against ${against}`}>
      {SHOWN.map(({ name, label, show, meaning, as, spark }) => {
        const kpi = overview?.kpis[name] ?? null;
        return (
          <KpiCard
            key={name}
            label={label}
            value={kpi === null ? '–' : show(kpi.value)}
            change={kpi === null ? null : change(kpi.value, kpi.before, meaning, as)}
            before={kpi === null || kpi.before === null ? null : show(kpi.before)}
            against={against}
          >
            {spark !== undefined && overview !== null ? (
              <Sparkline values={settled(overview.minutes[spark], overview.minutes.final)} />
            ) : undefined}
          </KpiCard>
        );
      })}
    </dl>
  );
}
