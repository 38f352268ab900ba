import { contentHash } from '@medallion/operators';

/** A change as it was sent. */
export type SentChange = {
  readonly id: string;
  readonly seq: number;
  readonly gone: boolean;
  readonly name: string | null;
  readonly note: string | null;
};

/** A row of type 1, or a version of type 2 with `from` and `to`. */
export type OracleRow = {
  readonly id: string;
  readonly seq: number;
  readonly name: string | null;
  readonly note: string | null;
  readonly from?: number;
  readonly to?: number | null;
};

const contentOf = contentHash(['id', 'seq', 'name', 'note']);
const rank = (change: SentChange): number => (change.gone ? Number.POSITIVE_INFINITY : contentOf(change));

/** Of each key the changes that count, by their sequence: of equal ones a delete, or the greater content. */
function counted(sent: readonly SentChange[]): Map<string, SentChange[]> {
  const byKey = Map.groupBy(sent, ({ id }) => id);
  return new Map(
    [...byKey].map(([id, all]) => {
      const sorted = [...all].sort((a, b) => a.seq - b.seq || rank(a) - rank(b));
      return [id, sorted.filter(({ seq }, i) => sorted[i + 1]?.seq !== seq)];
    }),
  );
}

/** The table of type 1 that these changes make: of each key the last one, by sorting all of them. */
export function overwritten(sent: readonly SentChange[]): OracleRow[] {
  const last = [...counted(sent).values()].map((all) => all.at(-1) as SentChange);
  return last.filter(({ gone }) => !gone).map(({ id, seq, name, note }) => ({ id, seq, name, note }));
}

/** The table of type 2 that these changes make: one sweep over the sorted changes of each key; `name` is tracked. */
export function history(sent: readonly SentChange[]): OracleRow[] {
  return [...counted(sent)].flatMap(([id, all]) => {
    const versions: OracleRow[] = [];
    let open = false;
    for (const { seq, gone, name, note } of all) {
      const last = versions.at(-1);
      if (open && last !== undefined && !gone && last.name === name) {
        versions[versions.length - 1] = { ...last, seq, note };
        continue;
      }
      if (open && last !== undefined) versions[versions.length - 1] = { ...last, to: seq };
      open = !gone;
      if (open) versions.push({ id, seq, name, note, from: seq, to: null });
    }
    return versions;
  });
}
