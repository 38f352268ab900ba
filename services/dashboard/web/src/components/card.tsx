import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

type CardProps = {
  readonly title: string;
  /** What to know about it, shown small beside the title. */
  readonly note?: ComponentChildren;
  /** Buttons at the right of its head. */
  readonly actions?: ComponentChildren;
  readonly class?: string;
  /** 2 unless the card is inside the part of another heading. */
  readonly level?: 2 | 3;
  /** Whether what it shows is of a question before the one asked now. */
  readonly busy?: boolean;
  readonly children: ComponentChildren;
};

/** A part of a page with a name of its own. */
export function Card(props: CardProps): JSX.Element {
  const id = useId();
  const Heading = props.level === 3 ? 'h3' : 'h2';
  return (
    <section class={`card ${props.class ?? ''}`} aria-labelledby={id} aria-busy={props.busy ?? false}>
      <header class="card-head">
        <Heading id={id}>{props.title}</Heading>
        {props.note !== undefined && <span class="card-note">{props.note}</span>}
        {props.actions !== undefined && <div class="card-actions">{props.actions}</div>}
      </header>
      <div class="card-body">{props.children}</div>
    </section>
  );
}
