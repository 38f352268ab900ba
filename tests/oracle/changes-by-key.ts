/** A change of a key, as it was sent. */
export type ChangeByKey<R> = {
  readonly key: string;
  readonly sequence: number;
  /** Null: the key is deleted. */
  readonly row: R | null;
  /** Of two upserts of equal sequence the one of greater content counts (C3). */
  readonly content: number;
};

/** A version of a row; `to` is null while it is current. */
export type Version<R> = { readonly row: R; readonly from: number; readonly to: number | null };

/** What became of a change when it was applied after others. */
export type ChangeOutcome = 'accepted' | 'deleted' | 'unchanged' | 'superseded';

const rank = ({ row, content }: ChangeByKey<unknown>): number => (row === null ? Number.POSITIVE_INFINITY : content);
const order = (a: ChangeByKey<unknown>, b: ChangeByKey<unknown>): number =>
  a.sequence - b.sequence || (rank(a) === rank(b) ? 0 : rank(a) - rank(b));

/** Of each key the changes that count, by their sequence: of equal ones a delete, or the greater content. */
function counted<R>(sent: readonly ChangeByKey<R>[]): readonly (readonly ChangeByKey<R>[])[] {
  return [...Map.groupBy(sent, ({ key }) => key).values()].map((all) => {
    const sorted = all.toSorted(order);
    return sorted.filter(({ sequence }, i) => sorted[i + 1]?.sequence !== sequence);
  });
}

/** The table of type 1 that these changes make: of each key the last one, by sorting all of them. */
export const overwritten = <R>(sent: readonly ChangeByKey<R>[]): readonly R[] =>
  counted(sent).flatMap((all) => all.at(-1)!.row ?? []);

/** The table of type 2 that these changes make: one sweep over the sorted changes of each key. */
export function history<R>(
  sent: readonly ChangeByKey<R>[],
  isSameVersion: (a: R, b: R) => boolean,
): readonly Version<R>[] {
  return counted(sent).flatMap((all) => {
    const versions: Version<R>[] = [];
    for (const { sequence, row } of all) {
      const last = versions.at(-1);
      if (last !== undefined && last.to === null) {
        // A version shows what its last change says of the columns that begin none.
        const goesOn = row !== null && isSameVersion(last.row, row);
        versions[versions.length - 1] = goesOn ? { ...last, row } : { ...last, to: sequence };
        if (goesOn) continue;
      }
      if (row !== null) versions.push({ row, from: sequence, to: null });
    }
    return versions;
  });
}

/**
 * What becomes of each change when they are applied in their order, without a state: each is compared with every one before
 * it of its key (type 2: of its key and sequence).
 */
export function outcomesOf(sent: readonly ChangeByKey<unknown>[], storedAs: 1 | 2): readonly ChangeOutcome[] {
  return sent.map((change, i) => {
    const before = sent
      .slice(0, i)
      .filter(({ key, sequence }) => key === change.key && (storedAs === 1 || sequence === change.sequence));
    const greatest = before.toSorted(order).at(-1);
    if (greatest === undefined || order(greatest, change) < 0) return change.row === null ? 'deleted' : 'accepted';
    return order(greatest, change) === 0 ? 'unchanged' : 'superseded';
  });
}
