import type { ProgressEvent } from '@medallion/devstack';
import type { Step } from './model.ts';

/** How the parts of the stack are called in front of people. */
const PART = { kafka: 'Kafka', postgres: 'Postgres', registry: 'schema registry' } as const;

/** The name of the step that ends the start. */
export const FIRST_ROW = 'first gold row';

/** What has to come up, in order. A new one is made by each change; times are milliseconds since the start. */
export type Steps = readonly Step[];

/** The parts of the stack, the processes and the first row, all of them still to come. */
export const plannedSteps = (processes: readonly string[]): Steps =>
  [...Object.values(PART), ...processes, FIRST_ROW].map((name) => ({ name, state: 'waiting', note: '', ms: 0 }));

const changed = (steps: Steps, name: string, change: Partial<Step>): Steps =>
  steps.map((step) => (step.name === name ? { ...step, ...change } : step));

const isOver = (steps: Steps, name: string): boolean =>
  steps.some((each) => each.name === name && each.state === 'done');

/** A step is under way; one that was done before stays done, since it tells of the start. */
export const stepBegun = (steps: Steps, name: string, ms: number, note = ''): Steps =>
  isOver(steps, name) ? steps : changed(steps, name, { state: 'working', ms, note });

export const stepDone = (steps: Steps, name: string, ms: number, note = ''): Steps =>
  isOver(steps, name) ? steps : changed(steps, name, { state: 'done', ms, note });

/** The stack has reported something about one of its parts. */
export function stepsAfter(steps: Steps, event: ProgressEvent): Steps {
  const name = PART[event.name];
  switch (event.stage) {
    case 'fetching':
      return stepBegun(steps, name, event.ms, 'fetching, only this once');
    case 'preparing':
    case 'starting':
      return stepBegun(steps, name, event.ms, event.stage);
    case 'ready':
      return stepDone(steps, name, event.ms);
    case 'exited':
      return isOver(steps, name)
        ? steps
        : changed(steps, name, { state: 'failed', ms: event.ms, note: event.detail ?? '' });
    case 'stopping':
    case 'stopped':
    case 'leftover':
      return steps;
  }
}

/** The steps as of now: what is under way has taken until now. */
export const stepsAt = (steps: Steps, ms: number): Steps =>
  steps.map((step) => (step.state === 'working' ? { ...step, ms } : step));
