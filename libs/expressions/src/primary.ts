import type { Field, FieldType } from '@medallion/schema';
import { call, compared, wanted } from './build.ts';
import { CAST_TYPE_NAMES, CAST_TYPES } from './cast-types.ts';
import { named } from './cursor.ts';
import type { SqlNode } from './expression.ts';
import { extracted, FUNCTIONS } from './functions.ts';
import { dateLiteral, literal, numberLiteral, timestampLiteral } from './literals.ts';
import { Mistake } from './mistake.ts';
import { suggest } from './near-name.ts';
import { castOf } from './operations/casts.ts';
import type { Parser } from './parser.ts';
import type { Token } from './tokens.ts';
import { BOOLEAN, decimalOf, STRING, typeName } from './types.ts';
import { typedNull, unify } from './unify.ts';

/** Words that are no column unless they are quoted. */
const RESERVED = [
  'AND',
  'OR',
  'NOT',
  'IS',
  'IN',
  'BETWEEN',
  'LIKE',
  'ESCAPE',
  'WHEN',
  'THEN',
  'ELSE',
  'END',
  'FROM',
  'AS',
];

/** What other dialects, or all of SQL, write for what this subset has or cannot have. */
const INSTEAD: Readonly<Record<string, string>> = {
  IFNULL: 'write COALESCE',
  NVL: 'write COALESCE',
  ISNULL: 'write … IS NULL',
  IF: 'write CASE WHEN … THEN … ELSE … END',
  IIF: 'write CASE WHEN … THEN … ELSE … END',
  CEILING: 'write CEIL',
  CHAR_LENGTH: 'write LENGTH',
  LEN: 'write LENGTH',
  CONCAT: 'write a || b',
  YEAR: 'write EXTRACT(year FROM …)',
  MONTH: 'write EXTRACT(month FROM …)',
  NOW: 'a value depends on its row alone: compare with a column, as the ingestion time',
  CURRENT_DATE: 'a value depends on its row alone: compare with a column, as the ingestion time',
  CURRENT_TIMESTAMP: 'a value depends on its row alone: compare with a column, as the ingestion time',
  RANDOM: 'a value depends on its row alone',
};

/** A value that is no operator's: a literal, a column, a function, CASE, or an expression in parentheses. */
export function primary(parser: Parser): SqlNode {
  const { cursor } = parser;
  const token = cursor.take();
  switch (token.kind) {
    case 'number':
      return numberLiteral(token.text, token.at);
    case 'text':
      return literal(token.text, STRING, token.at);
    case 'name':
      return token.quoted ? column(parser, token) : word(parser, token);
    case 'symbol':
      if (token.text === '(') {
        const inner = parser.expression();
        cursor.expect(')', 'close the parenthesis');
        return inner;
      }
      throw new Mistake(
        token.at,
        `a value is expected here, not ${named(token)}`,
        'write a column, a literal or a function',
      );
    case 'end':
      throw new Mistake(
        token.at,
        'the expression ends where a value is expected',
        'write a column, a literal or a function',
      );
  }
}

function word(parser: Parser, token: Token): SqlNode {
  const { cursor } = parser;
  const { at } = token;
  const upper = token.text.toUpperCase();
  switch (upper) {
    case 'NULL':
      return literal(null, null, at);
    case 'TRUE':
    case 'FALSE':
      return literal(upper === 'TRUE', BOOLEAN, at);
    case 'CASE':
      return choice(parser, at);
    case 'DATE':
    case 'TIMESTAMP': {
      const text = cursor.peek();
      if (text.kind !== 'text') break;
      cursor.take();
      return upper === 'DATE' ? dateLiteral(text.text, text.at) : timestampLiteral(text.text, text.at);
    }
  }
  if (cursor.isSymbol('(')) return application(parser, upper, at);
  if (RESERVED.includes(upper))
    throw new Mistake(
      at,
      `a value is expected here, not ${token.text}`,
      parser.fields.some((field) => field.name.toUpperCase() === upper)
        ? `quote the column: "${token.text}"`
        : 'write a column, a literal or a function',
    );
  return column(parser, token);
}

function column(parser: Parser, token: Token): SqlNode {
  const { fields } = parser;
  const field = fields.find((f) => f.name === token.text) ?? inAnyCase(fields, token);
  if (field === undefined) {
    const instead = token.kind === 'name' && !token.quoted ? INSTEAD[token.text.toUpperCase()] : undefined;
    const names = fields.map((f) => f.name);
    throw new Mistake(token.at, `there is no column "${token.text}"`, instead ?? suggest(token.text, names, 'columns'));
  }
  parser.columns.add(field.name);
  return { kind: 'column', name: field.name, type: field.type, nullable: field.nullable, at: token.at };
}

/** Without quotes the case of letters is free, as in SQL, where it leaves no doubt. */
function inAnyCase(fields: readonly Field[], token: Token): Field | undefined {
  if (token.kind !== 'name' || token.quoted) return undefined;
  const found = fields.filter((f) => f.name.toLowerCase() === token.text.toLowerCase());
  return found.length === 1 ? found[0] : undefined;
}

/** NAME(…). */
function application(parser: Parser, name: string, at: number): SqlNode {
  if (name === 'CAST') return cast(parser, at);
  if (name === 'EXTRACT') return extract(parser, at);
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]! : null;
  if (found === null) {
    const known = [...Object.keys(FUNCTIONS), 'CAST', 'EXTRACT'];
    throw new Mistake(at, `there is no function ${name}`, INSTEAD[name] ?? suggest(name, known, 'functions'));
  }
  const { cursor } = parser;
  cursor.take();
  const args: SqlNode[] = [];
  if (!cursor.isSymbol(')')) {
    do args.push(parser.expression());
    while (cursor.takeIf(','));
  }
  cursor.expect(')', `close the parenthesis: ${found.signature}`);
  if (args.length < found.least || args.length > found.most) {
    const count = found.least === found.most ? `${found.least}` : `${found.least} to ${found.most}`;
    throw new Mistake(at, `${name} takes ${count} values, not ${args.length}`, `write ${found.signature}`);
  }
  return found.build(args, at);
}

/** EXTRACT(field FROM value), the field bare or in quotes. */
function extract(parser: Parser, at: number): SqlNode {
  const { cursor } = parser;
  cursor.take();
  const field = cursor.take();
  if (field.kind !== 'name' && field.kind !== 'text')
    throw new Mistake(field.at, 'the field to extract is expected here', 'write EXTRACT(year FROM …)');
  cursor.expect('FROM', 'write EXTRACT(year FROM …)');
  const of = parser.expression();
  cursor.expect(')', 'close the parenthesis');
  return extracted(literal(field.text, STRING, field.at), of, at);
}

/** CAST(value AS type). */
function cast(parser: Parser, at: number): SqlNode {
  const { cursor } = parser;
  cursor.take();
  const value = parser.expression();
  cursor.expect('AS', 'write CAST(value AS type)');
  const type = castType(parser);
  cursor.expect(')', 'close the parenthesis');
  if (value.type === null) return typedNull(value, type);
  if (castOf(value.type, type) === null)
    throw new Mistake(
      value.at,
      `${typeName(value.type)} cannot become ${typeName(type)}`,
      'see docs/expressions.md for the casts that there are',
    );
  return call('cast', [value], type, at);
}

function castType(parser: Parser): FieldType {
  const { cursor } = parser;
  const token = cursor.take();
  const name = token.text.toLowerCase();
  if (name === 'decimal' || name === 'numeric') return decimalType(parser, token);
  const full = name === 'double' && cursor.takeIf('PRECISION') ? 'double precision' : name;
  if (token.kind === 'name' && Object.hasOwn(CAST_TYPES, full)) return CAST_TYPES[full]!;
  throw new Mistake(token.at, `there is no type ${named(token)}`, suggest(token.text, CAST_TYPE_NAMES, 'types'));
}

function decimalType(parser: Parser, token: Token): FieldType {
  const { cursor } = parser;
  const number = (): number => (cursor.peek().kind === 'number' ? Number(cursor.take().text) : Number.NaN);
  const wrong = (): Mistake =>
    new Mistake(token.at, 'a decimal has 1 to 15 digits, some of them after the point', 'write decimal(12, 2)');
  if (!cursor.takeIf('(')) throw wrong();
  const precision = number();
  const scale = cursor.takeIf(',') ? number() : 0;
  cursor.expect(')', 'write decimal(12, 2)');
  const valid = Number.isInteger(precision) && Number.isInteger(scale) && precision >= 1 && scale <= precision;
  if (!valid || precision > 15) throw wrong();
  return decimalOf(precision - scale, scale);
}

/** CASE WHEN … and CASE x WHEN …, which is x = … for each. */
function choice(parser: Parser, at: number): SqlNode {
  const { cursor } = parser;
  const subject = cursor.isWord('WHEN') ? null : parser.expression();
  const conditions: SqlNode[] = [];
  const values: SqlNode[] = [];
  while (cursor.isWord('WHEN')) {
    const when = cursor.take();
    const condition = parser.expression();
    conditions.push(
      subject === null ? wanted(condition, ['boolean'], 'WHEN') : compared('=', [subject, condition], when.at),
    );
    cursor.expect('THEN', 'write CASE WHEN … THEN … ELSE … END');
    values.push(parser.expression());
  }
  if (conditions.length === 0)
    throw new Mistake(cursor.peek().at, 'CASE has no WHEN', 'write CASE WHEN … THEN … ELSE … END');
  values.push(cursor.takeIf('ELSE') ? parser.expression() : literal(null, null, at));
  cursor.expect('END', 'close the CASE with END');
  const { nodes, type } = unify(values);
  return call('case', [...conditions.flatMap((condition, i) => [condition, nodes[i]!]), nodes.at(-1)!], type, at);
}
