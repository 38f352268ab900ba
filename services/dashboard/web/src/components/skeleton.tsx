import type { JSX } from 'preact';

/** Keeps the place of what is on its way: `lines` of text, or a block that fills the height it is given. */
export function Skeleton({ lines }: { lines?: number }): JSX.Element {
  if (lines === undefined) return <div class="skeleton block" aria-hidden="true" />;
  return (
    <div class="skeleton-lines" aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} class="skeleton" />
      ))}
    </div>
  );
}
