import type { JSX } from 'preact';

export type Bar = {
  readonly key: string;
  readonly label: string;
  /** Beside the label, muted. */
  readonly note?: string;
  /** Its length; null draws none. */
  readonly value: number | null;
  readonly text: string;
  /** Muted, right of the text. */
  readonly more?: string;
  readonly tone?: 'accent' | 'plain' | 'bad';
};

type BarListProps = {
  readonly label: string;
  readonly bars: readonly Bar[];
  /** What a full bar stands for, where not the greatest of them. */
  readonly full?: number;
  readonly numbered?: boolean;
  readonly active?: string | null;
  readonly onPoint?: (key: string | null) => void;
};

/** Named amounts beside each other, each with its number as text. */
export function BarList({ label, bars, full, numbered = false, active = null, onPoint }: BarListProps): JSX.Element {
  const greatest = full ?? Math.max(0, ...bars.map((bar) => bar.value ?? 0));
  return (
    <ol class={numbered ? 'bar-list numbered' : 'bar-list'} aria-label={label}>
      {bars.map((bar) => (
        <li
          key={bar.key}
          class={bar.key === active ? 'active' : undefined}
          onPointerEnter={onPoint && (() => onPoint(bar.key))}
          onPointerLeave={onPoint && (() => onPoint(null))}
        >
          <span class="bar-label">
            {bar.label}
            {bar.note !== undefined && <span class="muted"> {bar.note}</span>}
          </span>
          <span class="bar-text">
            {bar.text}
            {bar.more !== undefined && <span class="muted"> {bar.more}</span>}
          </span>
          <span class="bar-track" aria-hidden="true">
            <span
              class={`bar-fill ${bar.tone ?? 'plain'}`}
              style={{ width: `${greatest > 0 ? Math.min(100, ((bar.value ?? 0) / greatest) * 100) : 0}%` }}
            />
          </span>
        </li>
      ))}
    </ol>
  );
}
