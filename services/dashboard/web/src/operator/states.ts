import type { Static } from 'typebox';
import type { ServiceStatus, TableState, Trouble } from '../../../src/contract/operator.ts';

export type State = Static<typeof TableState>;

/** How alarming something is; the colour of it. Only what needs a person is `bad`. */
export type Tone = 'bad' | 'warn' | 'good' | 'quiet' | 'unknown';

/** Worst first. */
export const STATES: readonly State[] = ['stopped', 'stalled', 'behind', 'silent', 'flowing', 'unknown'];

type Look = { readonly word: string; readonly tone: Tone; readonly says: string };

/** A state in a word, and what it means; each has an icon of its own shape beside its colour. */
export const LOOKS: Readonly<Record<State, Look>> = {
  stopped: { word: 'Stopped', tone: 'bad', says: 'a flow stopped and waits for a person' },
  stalled: { word: 'Stalled', tone: 'bad', says: 'records wait and none is read' },
  behind: { word: 'Behind', tone: 'warn', says: 'records wait longer than they should' },
  silent: { word: 'Silent', tone: 'quiet', says: 'nothing waits, and nothing comes' },
  flowing: { word: 'Flowing', tone: 'good', says: 'records flow' },
  unknown: { word: 'Not seen', tone: 'unknown', says: 'it was never seen' },
};

/** The worst of several states. `unknown` is the worst only where there is nothing else. */
export function worst(states: readonly State[]): State {
  return STATES.find((state) => states.includes(state)) ?? 'unknown';
}

/**
 * What is said of a pipeline of which no trouble is told. That nothing is known to be wrong is not that all is well: what is
 * silent, or was never seen, is called so.
 */
export function calmText(states: readonly State[]): string {
  const state = worst(states);
  if (state === 'flowing') return 'Nothing is wrong now';
  if (state === 'unknown') return 'Nothing was ever seen here: are the services running?';
  const count = states.filter((each) => each === state).length;
  const { word, says } = LOOKS[state];
  return `${count} ${count === 1 ? 'table is' : 'tables are'} ${word.toLowerCase()}: ${says}`;
}

/** How many there are of each state, worst first, without those that there are none of. */
export function countStates(states: readonly State[]): readonly { readonly state: State; readonly count: number }[] {
  return STATES.map((state) => ({ state, count: states.filter((each) => each === state).length })).filter(
    ({ count }) => count > 0,
  );
}

/** A service's state: what cannot be reached or fails is bad, what comes up or goes down is on its way. */
export function serviceTone(state: ServiceStatus['state']): Tone {
  switch (state) {
    case 'ready':
      return 'good';
    case 'starting':
    case 'draining':
      return 'warn';
    case 'failing':
    case 'unreachable':
      return 'bad';
    default:
      return 'unknown';
  }
}

/** Errors before warnings, each in the order in which they came. */
export function byUrgency(troubles: readonly Trouble[]): readonly Trouble[] {
  return troubles.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
}
