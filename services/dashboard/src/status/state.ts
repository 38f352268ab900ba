import { assertNever } from '@medallion/core';
import type { TableState } from '../contract/index.ts';
import { countText, secondsText } from './number-text.ts';

/** States, worst first. */
export const STATES = ['stopped', 'stalled', 'behind', 'silent', 'flowing', 'unknown'] as const;

/** Records that wait for so long while none is read are a stall (D3). */
export const STALLED_AFTER_MS = 5_000;
/** What waits longer is behind, and so is what reading at its present rate does not clear in this time (D4). */
export const BEHIND_AFTER_SECONDS = 30;
/** Nothing came for longer: a green process with no data is not green (D5). */
export const SILENT_AFTER_MS = 60_000;

/** What is known of a table, or of a reader of a topic. Null: not known. */
export type Facts = {
  /** A flow that stopped for a person to decide. */
  readonly stopped: { readonly flow: string; readonly code: string } | null;
  /** Whether it has read or written anything, ever. */
  readonly seen: boolean;
  /** Runs now and then, by a schedule: what waits between two runs is not behind. */
  readonly triggered: boolean;
  /** Records that wait to be read. */
  readonly lagRecords: number | null;
  /** How long the oldest of them waits. */
  readonly lagSeconds: number | null;
  /** How long records wait without that any is read; null while none waits. */
  readonly unmovedMs: number | null;
  /** Records read per second, lately. */
  readonly readPerSecond: number | null;
  /** Since something came. */
  readonly quietMs: number | null;
};

/** The state of a table, and a sentence with numbers that says why. */
export type Verdict = { readonly state: TableState; readonly why: string };

/** The state of a table by what is known of it. Pure and total; SPEC.md D1 to D8. */
export function stateOf(facts: Facts): Verdict {
  const state = judged(facts);
  return { state, why: whyOf(state, facts) };
}

function judged(facts: Facts): TableState {
  const { stopped, seen, triggered, unmovedMs, quietMs } = facts;
  const waits = facts.lagRecords !== null && facts.lagRecords > 0;
  if (stopped !== null) return 'stopped';
  if (!seen && !waits) return 'unknown';
  if (waits && !triggered) {
    if (unmovedMs !== null && unmovedMs >= STALLED_AFTER_MS) return 'stalled';
    if (isBehind(facts)) return 'behind';
  }
  return quietMs !== null && quietMs > SILENT_AFTER_MS ? 'silent' : 'flowing';
}

/** D4. A record that came a moment ago is not behind, however slowly others come. */
function isBehind({ lagRecords, readPerSecond, ...facts }: Facts): boolean {
  const waited = waitedSeconds(facts);
  if (waited > BEHIND_AFTER_SECONDS) return true;
  if (waited * 1_000 < STALLED_AFTER_MS || readPerSecond === null) return false;
  return (lagRecords ?? 0) > readPerSecond * BEHIND_AFTER_SECONDS;
}

/** What waits came no later than anything came (D4). */
const waitedSeconds = ({ lagSeconds, quietMs }: Pick<Facts, 'lagSeconds' | 'quietMs'>): number =>
  Math.max(lagSeconds ?? 0, (quietMs ?? 0) / 1_000);

function whyOf(state: TableState, facts: Facts): string {
  const waiting = `${countText(facts.lagRecords ?? 0, 'record')} wait${facts.lagRecords === 1 ? 's' : ''}`;
  const rate = facts.readPerSecond === null ? '' : ` at ${Number(facts.readPerSecond.toFixed(1))} a second`;
  switch (state) {
    case 'stopped':
      return `Flow ${facts.stopped?.flow} stopped with ${facts.stopped?.code} and needs a decision.`;
    case 'stalled':
      return `${waiting} and none was read for ${secondsText((facts.unmovedMs ?? 0) / 1_000)}.`;
    case 'behind':
      return `${waiting}, the oldest for ${secondsText(waitedSeconds(facts))}, and reading goes on${rate}.`;
    case 'silent':
      return `Nothing came for ${secondsText((facts.quietMs ?? 0) / 1_000)}${restText(facts)}.`;
    case 'flowing':
      return flowingText(facts, waiting, rate);
    case 'unknown':
      return 'Nothing was ever read or written here.';
    default:
      return assertNever(state, 'state');
  }
}

function restText({ lagRecords, triggered }: Facts): string {
  if (lagRecords === null) return ', and whether records wait is not known';
  if (lagRecords === 0) return ', and nothing waits';
  return triggered ? `, and ${countText(lagRecords, 'record')} wait for the next run` : '';
}

function flowingText({ lagRecords, triggered }: Facts, waiting: string, rate: string): string {
  if (lagRecords === null) return 'Rows came within the last minute; whether records wait is not known.';
  if (lagRecords === 0) return `All that came is read${rate}.`;
  return triggered ? `${waiting} for the next run.` : `Records are read${rate}, ${waiting.toLowerCase()}.`;
}

/** The worst of some states; `unknown` of none. */
export const worstOf = (states: readonly TableState[]): TableState =>
  STATES.find((state) => states.includes(state)) ?? 'unknown';
