type Values = readonly (number | null)[];

/**
 * A line in three: what will not change any more; what may, which begins where the other ends; and the newest window while
 * it fills, which is no part of the line, as a line that falls at its end all the time would look like trouble.
 */
export type Split = { readonly final: Values; readonly provisional: Values; readonly filling: Values };

/** Parts `values` by whether their window is closed; without windows all is final. */
export function splitFinal(values: Values, final: readonly boolean[] | null): Split {
  const none = values.map(() => null);
  if (final === null) return { final: values, provisional: none, filling: none };
  const last = fillingWindow(final);
  return {
    final: values.map((value, index) => (final[index] ? value : null)),
    provisional: values.map((value, index) => {
      if (index === last) return null;
      const isSeam = final[index] && final[index + 1] === false && index + 1 !== last;
      return final[index] && !isSeam ? null : value;
    }),
    filling: values.map((value, index) => (index === last ? value : null)),
  };
}

/** The newest window, where it is still open; null where it is not. */
export const fillingWindow = (final: readonly boolean[] | null): number | null =>
  final !== null && final.at(-1) === false ? final.length - 1 : null;

/** The values of all windows but the one that fills. */
export const settled = (values: Values, final: readonly boolean[]): Values =>
  values.map((value, index) => (index === fillingWindow(final) ? null : value));

/** The first window that is still open; null where none is. */
export function firstOpen(final: readonly boolean[] | null): number | null {
  const index = final === null ? -1 : final.indexOf(false);
  return index < 0 ? null : index;
}
