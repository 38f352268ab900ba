/** A line in two: what will not change any more, and what may, which begins where the other ends. */
export type Split = {
  readonly final: readonly (number | null)[];
  readonly provisional: readonly (number | null)[];
};

/** Parts `values` by whether their window is closed; without windows all is final. */
export function splitFinal(values: readonly (number | null)[], final: readonly boolean[] | null): Split {
  if (final === null) return { final: values, provisional: values.map(() => null) };
  return {
    final: values.map((value, index) => (final[index] ? value : null)),
    provisional: values.map((value, index) => (final[index] && final[index + 1] !== false ? null : value)),
  };
}

/** The first window that is still open; null where none is. */
export function firstOpen(final: readonly boolean[] | null): number | null {
  const index = final === null ? -1 : final.indexOf(false);
  return index < 0 ? null : index;
}
