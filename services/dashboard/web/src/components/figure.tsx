import type { ComponentChildren, JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

type FigureProps = {
  readonly title: string;
  /** What the picture shows, in a sentence with its main numbers. */
  readonly summary: string;
  readonly note?: ComponentChildren;
  readonly legend?: ComponentChildren;
  readonly actions?: ComponentChildren;
  /** The same numbers as a table. */
  readonly table: () => ComponentChildren;
  readonly csv?: string;
  readonly busy?: boolean;
  readonly class?: string;
  readonly children: ComponentChildren;
};

/** A picture with its name, its meaning in words, and its numbers as a table for whoever wants them. */
export function Figure(props: FigureProps): JSX.Element {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  return (
    <section class={`card ${props.class ?? ''}`} aria-labelledby={id} aria-busy={props.busy ?? false}>
      <header class="card-head">
        <h2 id={id}>{props.title}</h2>
        {props.note !== undefined && <span class="card-note">{props.note}</span>}
        <div class="card-actions">
          {props.actions}
          {props.csv !== undefined && (
            <a
              class="icon-button"
              href={props.csv}
              download
              aria-label={`${props.title} as CSV`}
              title="Download as CSV"
            >
              <Icon name="download" />
            </a>
          )}
          <button
            type="button"
            class="icon-button"
            aria-pressed={asTable}
            aria-label={`Show ${props.title.toLowerCase()} as table`}
            title={asTable ? 'Show as chart' : 'Show as table'}
            onClick={() => setAsTable(!asTable)}
          >
            <Icon name={asTable ? 'chart' : 'table'} />
          </button>
        </div>
      </header>
      <figure class="card-body figure" aria-labelledby={id}>
        {asTable ? (
          props.table()
        ) : (
          <>
            {props.legend}
            {props.children}
          </>
        )}
        <figcaption class={asTable ? 'visually-hidden' : 'caption'}>{props.summary}</figcaption>
      </figure>
    </section>
  );
}
