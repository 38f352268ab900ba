import type { FieldType, Value } from '@medallion/schema';

/** A literal of an expression; null is the literal NULL. */
export type Literal = Value;

/** A node of a parsed expression. Positions are offsets in the text, for messages. */
export type SqlNode =
  | { readonly kind: 'literal'; readonly value: Literal; readonly type: FieldType | null; readonly at: number }
  | {
      readonly kind: 'column';
      readonly name: string;
      readonly type: FieldType;
      readonly nullable: boolean;
      readonly at: number;
    }
  | SqlCall;

/** An operator or a function of its arguments. */
export type SqlCall = {
  readonly kind: 'call';
  /** By its SQL name in lower case: `and`, `=`, `is null`, `in`, `between`, `like`, `coalesce` … */
  readonly name: string;
  readonly args: readonly SqlNode[];
  /** Null: always NULL. */
  readonly type: FieldType | null;
  readonly at: number;
};

/** An expression over the columns of one row: data, so that it becomes SQL, text, or a value. */
export type SqlExpression = {
  /** As it was written. */
  readonly text: string;
  readonly node: SqlNode;
  readonly type: FieldType | null;
  /** Whether null is a value of it. */
  readonly nullable: boolean;
  /** The columns that it reads, each once, in order of appearance. */
  readonly columns: readonly string[];
};
