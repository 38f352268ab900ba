import type { ComponentChildren, JSX } from 'preact';

/** Room for a table that may be broader than the page: it scrolls by itself, with the keyboard as well. */
export const Scroller = ({ label, children }: { label: string; children: ComponentChildren }): JSX.Element => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
  <section class="scroller" aria-label={label} tabIndex={0}>
    {children}
  </section>
);
