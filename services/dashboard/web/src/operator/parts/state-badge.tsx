import type { JSX } from 'preact';
import { Icon, type IconName } from '../../components/icon.tsx';
import { LOOKS, type State, serviceTone, type Tone } from '../states.ts';

const SHAPES: Readonly<Record<State, IconName>> = {
  stopped: 'octagon',
  stalled: 'triangle',
  behind: 'clock',
  silent: 'pause',
  flowing: 'circle-check',
  unknown: 'circle',
};
const TONE_SHAPES: Readonly<Record<Tone, IconName>> = {
  bad: 'octagon',
  warn: 'clock',
  good: 'circle-check',
  quiet: 'pause',
  unknown: 'circle',
};

/** A state as a shape in its colour; the word has to be beside it. */
export const StateIcon = ({ state }: { state: State }): JSX.Element => (
  <span class={`tone ${LOOKS[state].tone}`}>
    <Icon name={SHAPES[state]} />
  </span>
);

/** A state as colour, shape and word. */
export const StateBadge = ({ state, title }: { state: State; title?: string }): JSX.Element => (
  <span class={`tone ${LOOKS[state].tone} state-badge`} title={title ?? LOOKS[state].says}>
    <Icon name={SHAPES[state]} />
    {LOOKS[state].word}
  </span>
);

/** The state of a service's process. */
export function ServiceBadge({ state }: { state: string }): JSX.Element {
  const tone = serviceTone(state);
  return (
    <span class={`tone ${tone} state-badge`}>
      <Icon name={TONE_SHAPES[tone]} />
      {state.charAt(0).toUpperCase() + state.slice(1)}
    </span>
  );
}
