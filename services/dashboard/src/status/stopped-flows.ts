import type { StopNote } from '@medallion/runtime';
import type { Trouble } from '../contract/index.ts';
import type { ReaderWatch } from './reader-watch.ts';
import type { Readers } from './readers.ts';

/** A flow that has stopped until a person decides. */
export type StoppedFlow = {
  readonly flow: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string | null;
};

/** Who reads so long after a note goes on, whatever the note says: an instance that is gone cannot take its own back. */
const VOID_AFTER_MS = 10_000;

/**
 * The flows that have stopped: those that a service says itself, and those that the log has a note of, unless they were seen
 * to read since then.
 */
export function stoppedFlows(
  told: readonly StoppedFlow[],
  noted: readonly StopNote[],
  { readers, watch }: { readonly readers: Readers | null; readonly watch: ReaderWatch | null },
): readonly StoppedFlow[] {
  const movedAtMs = (flow: string): number | null => {
    const ids = (readers?.all ?? []).filter((each) => (each.flow?.name ?? 'gold') === flow).map(({ id }) => id);
    return watch?.of(ids)?.movedAtMs ?? null;
  };
  const known = new Set(told.map(({ flow }) => flow));
  return [
    ...told,
    ...noted
      .filter(({ flow, at }) => !known.has(flow) && (movedAtMs(flow) ?? 0) <= Date.parse(at) + VOID_AFTER_MS)
      .map(({ flow, code, message, remedy }) => ({ flow, code, message, remedy })),
  ];
}

/** What a stopped flow says, as a person should know it. */
export const stopTrouble = ({ flow, code, message, remedy }: StoppedFlow): Trouble => ({
  severity: 'error',
  subject: flow,
  code,
  message,
  remedy,
});
