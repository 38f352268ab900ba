/** A condition in SQL as it was written; it is parsed when its columns are known. */
export type SqlCondition = { readonly kind: 'sql'; readonly text: string };

/**
 * A condition in SQL over the columns of a row; it passes where it is true, not where it is false or unknown.
 *
 * @example silver.expectOrDrop('valid_amount', sql('amount > 0'))
 */
export const sql = (text: string): SqlCondition => Object.freeze({ kind: 'sql' as const, text });
