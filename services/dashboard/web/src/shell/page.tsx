import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';

type PageProps = {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
};

/** What every page has: its one heading, what belongs beside it, and the title of the window. */
export function Page({ title, note, tools, children }: PageProps): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Medallion`;
  }, [title]);
  return (
    <div class="page">
      <div class="page-head">
        <div class="titles">
          <h1>{title}</h1>
          {note !== undefined && note !== null && <p class="muted small">{note}</p>}
        </div>
        {tools !== undefined && tools !== false && <div class="tools">{tools}</div>}
      </div>
      {children}
    </div>
  );
}
