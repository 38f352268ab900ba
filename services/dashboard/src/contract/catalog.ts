import Type, { type Static } from 'typebox';
import { Column, Nullable, Row } from './common.ts';

/** `GET /api/operator/:pipeline/schemas` */
export const SubjectSchemas = Type.Object({
  subject: Type.String(),
  table: Type.String(),
  compatibility: Nullable(Type.String()),
  versions: Type.Array(
    Type.Object({
      version: Type.Integer(),
      id: Type.Integer(),
      schema: Type.Unknown(),
      changes: Type.Array(Type.String()),
    }),
  ),
});
export type SubjectSchemas = Static<typeof SubjectSchemas>;

/** `GET /api/operator/:pipeline/lineage?table=&column=`: of all tables, or what leads to and from one column. */
export const Lineage = Type.Object({
  tables: Type.Array(Type.Object({ source: Type.String(), target: Type.String(), kind: Type.String() })),
  columns: Type.Array(
    Type.Object({
      source: Type.String(),
      sourceColumn: Type.String(),
      target: Type.String(),
      targetColumn: Type.String(),
    }),
  ),
});
export type Lineage = Static<typeof Lineage>;

/** `GET /api/operator/:pipeline/tables/:table/preview?limit=`: newest rows, from Postgres or the end of its topic. */
export const Preview = Type.Object({
  table: Type.String(),
  from: Type.Union([Type.Literal('postgres'), Type.Literal('topic'), Type.Literal('nowhere')]),
  columns: Type.Array(Column),
  rows: Type.Array(Row),
  masked: Type.Array(Type.String()),
});
export type Preview = Static<typeof Preview>;
