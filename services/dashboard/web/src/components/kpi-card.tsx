import type { ComponentChildren, JSX } from 'preact';
import type { Change } from '../format/change.ts';
import { Icon, type IconName } from './icon.tsx';

const ARROW: Readonly<Record<Change['direction'], IconName | null>> = {
  up: 'arrow-up',
  down: 'arrow-down',
  same: 'minus',
  unknown: null,
};
const TONE: Readonly<Record<Change['verdict'], string>> = { better: 'good', worse: 'bad', neutral: 'plain' };

type KpiCardProps = {
  readonly label: string;
  readonly value: string;
  readonly change: Change | null;
  /** What it was before, where that is known. */
  readonly before: string | null;
  /** What it is compared with: `the hour before`. */
  readonly against: string;
  readonly children?: ComponentChildren;
};

/** One number that matters, and how it moved: by arrow, by word and by colour. */
export function KpiCard({ label, value, change, before, against, children }: KpiCardProps): JSX.Element {
  const arrow = change === null ? null : ARROW[change.direction];
  return (
    <div class="kpi">
      <dt class="kpi-label">{label}</dt>
      <dd class="kpi-value">{value}</dd>
      <dd class={`kpi-change ${change === null ? 'plain' : TONE[change.verdict]}`} title={`Against ${against}`}>
        {change === null || change.direction === 'unknown' ? (
          <span class="muted" title="nothing before to compare">
            new<span class="visually-hidden">, nothing before to compare</span>
          </span>
        ) : (
          <>
            {arrow !== null && <Icon name={arrow} />}
            <span>{change.text}</span>
            {change.verdict !== 'neutral' && <span class="verdict">{change.verdict}</span>}
            <span class="visually-hidden">against {against}</span>
          </>
        )}
      </dd>
      <dd class="kpi-spark">
        {children ??
          (before === null || change?.direction === 'unknown' ? '' : <span class="muted tiny">was {before}</span>)}
      </dd>
    </div>
  );
}
