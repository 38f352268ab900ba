import type { JSX } from 'preact';
import type { Headline as HeadlineOf } from '../api/contract.ts';
import { Icon } from '../components/icon.tsx';
import { change } from '../format/change.ts';
import { headlineText } from '../format/units.ts';

/** The one number of an answer, and what it was before. */
export function Headline({ headline }: { headline: HeadlineOf }): JSX.Element {
  const { label, value, unit, before } = headline;
  const moved =
    typeof value === 'number' ? change(value, before, 'neutral', unit === 'percent' ? 'points' : 'relative') : null;
  return (
    <dl class="headline">
      <dt>{label}</dt>
      <dd class="headline-value">{headlineText(value, unit)}</dd>
      {moved !== null && moved.direction !== 'unknown' && (
        <dd class="kpi-change plain">
          {moved.direction !== 'same' && <Icon name={moved.direction === 'up' ? 'arrow-up' : 'arrow-down'} />}
          {moved.text} {before !== 0 && <span>against the time before</span>}
        </dd>
      )}
    </dl>
  );
}
