import type { ComponentChildren, JSX } from 'preact';

/** Where there is nothing to show: why, and what to do about it. */
export const EmptyState = ({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children !== undefined && <div class="muted small">{children}</div>}
  </div>
);
