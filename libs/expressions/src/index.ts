export type { Literal, SqlExpression, SqlNode } from './expression.ts';
