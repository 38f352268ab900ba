import Type, { type Static, type TSchema } from 'typebox';

/** A moment as ISO-8601 text in UTC with milliseconds. */
export const Instant = Type.String({ format: 'date-time' });

/** A value, or null where there is none. */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/**
 * A value of a table as JSON has it: instants as ISO-8601 text, days as YYYY-MM-DD, decimals and integers beyond 2^53 as text,
 * lists and records as they are.
 */
export const Cell = Type.Unknown();

/** A row by its column names. */
export const Row = Type.Record(Type.String(), Cell);
export type Row = Static<typeof Row>;

/** What an answer shows: the state of the pipeline's tables after one of its commits. */
export const AsOf = Type.Object({
  version: Type.String({ description: 'Changes with every commit of the pipeline; the same one, the same rows' }),
  readAt: Type.String({ format: 'date-time', description: 'When Postgres was read' }),
  committedAt: Nullable(Type.String({ format: 'date-time', description: 'The newest commit that is in it' })),
  watermark: Nullable(Type.String({ format: 'date-time', description: 'Nothing older is expected any more' })),
});
export type AsOf = Static<typeof AsOf>;

/** A column of a table or of an answer. */
export const Column = Type.Object({
  name: Type.String(),
  type: Type.String({ description: 'A type of the language: string, long, decimal, timestamp …' }),
  nullable: Type.Boolean(),
  comment: Nullable(Type.String()),
  personal: Type.Boolean({ description: 'Tells who somebody is: shown masked' }),
});
export type Column = Static<typeof Column>;

/** An RFC 9457 problem; `code` is one of the error catalogue, and stable. */
export const Problem = Type.Object({
  type: Type.String({ description: '`urn:medallion:error:` and the code; `about:blank` where there is none' }),
  title: Type.String({ description: 'The code, or the words of the status' }),
  status: Type.Integer({ description: 'The same as that of the answer' }),
  detail: Type.String({ description: 'What went wrong this time' }),
  code: Type.Optional(Type.String({ description: 'What went wrong, for programs: it keeps its meaning' })),
  remedy: Type.Optional(Type.String({ description: 'What to do about it' })),
});
export type Problem = Static<typeof Problem>;

/** Who asks, and what they may. */
export const Session = Type.Object({
  login: Type.Union([Type.Literal('none'), Type.Literal('token'), Type.Literal('oidc')]),
  user: Nullable(Type.String()),
  role: Nullable(Type.Union([Type.Literal('viewer'), Type.Literal('operator')])),
  csrf: Nullable(Type.String({ description: 'To be sent as x-csrf-token with everything that changes something' })),
  canRedrive: Type.Boolean({ description: 'Whether this dashboard was given what a redrive needs' }),
});
export type Session = Static<typeof Session>;

export const Limit = (standard: number, greatest: number) =>
  Type.Integer({ minimum: 1, maximum: greatest, default: standard, description: 'Rows of one page' });
export const Cursor = Type.String({ maxLength: 12_000, description: 'Where the page before ended: its nextCursor' });
