import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { HEIGHT, WIDTH } from './world.ts';
import type { Placed } from './world-map.tsx';

/** The key that an arrow leads to from another one. */
const step = (placed: readonly Placed[], from: string | null, by: number): string | null => {
  const index = placed.findIndex((each) => each.key === from);
  const next = index < 0 ? 0 : (index + by + placed.length) % placed.length;
  return placed[next]?.key ?? null;
};

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

type MarksProps = {
  readonly label: string;
  readonly placed: readonly Placed[];
  readonly scale: number;
  readonly active: string | null;
  readonly onPoint: (key: string | null) => void;
};

/** The places as one list: the keyboard reaches it once, and arrows lead through it. */
export function Marks({ label, placed, scale, active, onPoint }: MarksProps): JSX.Element {
  const id = useId();
  const idOf = (key: string): string => `${id}-${key.replace(/\W/g, '_')}`;
  const isShown = placed.some((each) => each.key === active);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onPoint(null);
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onPoint(step(placed, active, by));
  };
  return (
    <div
      class="marks"
      role="listbox"
      aria-label={`${label}; arrow keys go from one to the next`}
      aria-activedescendant={isShown && active !== null ? idOf(active) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => onPoint(null)}
    >
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="presentation">
        {placed.map(({ key, x, y, radius, spot }) => (
          <g
            key={key}
            id={idOf(key)}
            role="option"
            aria-selected={key === active}
            aria-label={[spot.label, ...spot.details.map(([name, value]) => `${name} ${value}`)].join(', ')}
            onPointerEnter={() => onPoint(key)}
            onPointerLeave={() => onPoint(null)}
          >
            <circle class="target" cx={x} cy={y} r={Math.max(radius + 3, 9 * scale)} />
            <circle class={key === active ? 'mark active' : 'mark'} cx={x} cy={y} r={radius} />
          </g>
        ))}
      </svg>
    </div>
  );
}
