import type { ComponentChildren, JSX } from 'preact';

/** Short facts, each under its name. */
export const Facts = ({ children }: { children: ComponentChildren }): JSX.Element => <dl class="facts">{children}</dl>;

export const Fact = ({ name, children }: { name: string; children: ComponentChildren }): JSX.Element => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
