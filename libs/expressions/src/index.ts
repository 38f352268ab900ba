export { compileCondition, compileExpression } from './compile.ts';
export { parseConstraint, type SqlConstraint } from './constraint.ts';
export type { Literal, SqlCall, SqlExpression, SqlNode } from './expression.ts';
export { ExpressionError } from './expression-error.ts';
export { FUNCTIONS, type SqlFunction } from './functions.ts';
export { parseCondition, parseExpression } from './parse.ts';
export { toSql } from './to-sql.ts';
export { type Category, categoryOf } from './types.ts';
