import type { JSX } from 'preact';
import type { SeriesColour } from './colours.ts';

type LegendProps = {
  readonly lines: readonly { readonly label: string; readonly colour: SeriesColour }[];
  /** Whether some of what is drawn is provisional. */
  readonly provisional?: boolean;
};

/** What the lines are. */
export const Legend = ({ lines, provisional = false }: LegendProps): JSX.Element => (
  <ul class="legend">
    {lines.map((line) => (
      <li key={line.label}>
        <span class={`swatch s${line.colour}`} aria-hidden="true" />
        {line.label}
      </li>
    ))}
    <li class={provisional ? undefined : 'unused'}>
      <span class="swatch hatched" aria-hidden="true" />
      provisional: window still open; a ring: the newest, still filling
    </li>
  </ul>
);
