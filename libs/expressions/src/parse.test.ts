import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  boolean,
  date,
  decimal,
  double,
  fieldsOf,
  int,
  long,
  nullable,
  oneOfStrings,
  string,
  timestamp,
} from '@medallion/schema';
import { ExpressionError, parseCondition, parseConstraint, parseExpression } from './index.ts';

const FIELDS = fieldsOf({
  order_id: string(),
  customer_id: nullable(long()),
  amount: nullable(decimal(10, 2)),
  quantity: int(),
  distance: double(),
  status: nullable(oneOfStrings(['pending', 'completed', 'cancelled'])),
  is_open: boolean(),
  order_date: date(),
  ordered_at: timestamp(),
  Order: string(),
});

function mistakeIn(
  text: string,
  parse: (text: string) => unknown = (t) => parseExpression(t, FIELDS),
): ExpressionError {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof ExpressionError, String(error));
    return error;
  }
  return assert.fail(`no mistake in ${text}`);
}

test('a mistake is shown in its line, with a caret below its character and a remedy', () => {
  const error = mistakeIn('quantity > 0\n  AND amout > 10');
  assert.equal(error.code, 'MED_EXPRESSION_INVALID');
  assert.equal(error.rendering, '  AND amout > 10\n      ^');
  assert.equal(error.at, 19);
  assert.equal(
    error.message,
    'MED_EXPRESSION_INVALID: the expression is not valid:\n  AND amout > 10\n      ^ there is no column "amout". Remedy: did you mean "amount"?',
  );
});

test('the caret stays below its character behind tabs and characters of two units', () => {
  assert.equal(mistakeIn("\t'🎅' = statu").rendering, "\t'🎅' = statu\n\t      ^");
});

test('a long line is cut around the mistake', () => {
  const error = mistakeIn(`${'quantity = 1 OR '.repeat(30)}amout = 2${' OR quantity = 1'.repeat(30)}`);
  const [line, caret] = error.rendering.split('\n') as [string, string];
  assert.ok(line.length <= 102 && line.startsWith('…') && line.endsWith('…'), line);
  assert.ok(line.slice(caret.length - 1).startsWith('amout'));
});

const MISTAKES: readonly (readonly [text: string, at: number, problem: RegExp, remedy: RegExp])[] = [
  ['amount >', 8, /ends where a value is expected/, /column/],
  ['amount > 0 quantity > 1', 11, /"quantity" is not expected/, /AND or OR/],
  ['(amount > 0', 11, /\) is expected here, not the end/, /parenthesis/],
  ['amount > 0)', 10, /"\)" is not expected/, /remove it/],
  ["status = 'complete'", 9, /"status" is never 'complete'/, /did you mean "completed"/],
  ["status IN ('pending', 'open')", 22, /never 'open'/, /pending, completed, cancelled/],
  ["amount > '5'", 9, /text cannot be compared .* decimal\(10, 2\)/, /without quotes/],
  ['order_id = 5', 11, /integer cannot be compared/, /quote it/],
  ['ordered_at > order_date', 13, /date cannot be compared/, /CAST\(… AS timestamp\)/],
  ["order_date = '2024-02-30'", 13, /no date/, /2026-12-24/],
  ["ordered_at < 'yesterday'", 13, /no timestamp/, /in UTC/],
  ['quantity AND is_open', 0, /AND takes a boolean/, /compare it/],
  ['a < b', 0, /no column "a"/, /columns: order_id/],
  ['1 < quantity < 5', 13, /do not chain/, /a < b AND b < c/],
  ['LENGHT(order_id)', 0, /no function LENGHT/, /did you mean "LENGTH"/],
  ['NOW()', 0, /no function NOW/, /depends on its row alone/],
  ['ROUND(distance, 1, 2)', 0, /takes 1 to 2 values, not 3/, /ROUND\(number \[, digits\]\)/],
  ['ROUND(distance, quantity)', 16, /digits from 0 to 15/, /literal/],
  ['order_id LIKE status', 14, /not known beforehand/, /LIKE 'A%'/],
  ["order_id LIKE 'a\\'", 14, /ends with the escape/, /double it/],
  ["order_id LIKE 'a' ESCAPE '!!'", 25, /single character/, /ESCAPE '!'/],
  ['CAST(order_id AS money)', 17, /no type "money"/, /types: text/],
  ['CAST(is_open AS date)', 5, /boolean cannot become date/, /expressions\.md/],
  ['CAST(amount AS decimal(20, 2))', 15, /1 to 15 digits/, /decimal\(12, 2\)/],
  ['EXTRACT(hour FROM order_date)', 8, /no time of day/, /timestamp/],
  ['EXTRACT(yaer FROM order_date)', 8, /no field 'yaer'/, /did you mean "year"/],
  ["DATE_TRUNC('decade', ordered_at)", 11, /no unit 'decade'/, /units: minute/],
  ['distance % 2', 9, /whole numbers/, /CAST/],
  ['order_id || quantity', 12, /\|\| takes a text/, /CAST\(… AS text\)/],
  ['quantity IS 5', 12, /IS 5/, /NULL, TRUE or FALSE/],
  ['CASE quantity END', 14, /no WHEN/, /CASE WHEN/],
  ['quantity IN ()', 13, /a value is expected/, /column/],
  ['amount > 0 -- note', 11, /comment/, /doc text/],
  ['amount /* x */ > 0', 7, /comment/, /doc text/],
  ['amount > 0;', 10, /character ;/, /without ;/],
  ["order_id = 'x", 11, /not closed/, /double a '/],
  ['quantity = 1e400', 11, /beyond/, /another number/],
  ['quantity = 99999999999999999999', 11, /2\^53/, /smaller/],
  ['quantity = 1x', 12, /no number/, /space/],
  ['"Quantity" = 1', 0, /no column "Quantity"/, /did you mean "quantity"/],
  ['from = 1', 0, /a value is expected/, /column/],
];

for (const [text, at, problem, remedy] of MISTAKES)
  test(`the mistake in ${JSON.stringify(text)} is found at ${at}`, () => {
    const error = mistakeIn(text);
    assert.equal(error.at, at, error.message);
    assert.match(error.problem, problem);
    assert.match(error.remedy, remedy);
  });

test('a condition is true or false', () => {
  const error = mistakeIn('amount * 2', (text) => parseCondition(text, FIELDS));
  assert.match(error.problem, /true or false, and this is decimal/);
  assert.equal(parseCondition('amount > 0', FIELDS).type?.kind, 'boolean');
});

test('length and depth are bounded', () => {
  assert.match(mistakeIn(`${'('.repeat(200)}1${')'.repeat(200)}`).problem, /deeply nested/);
  assert.match(mistakeIn(`1${' + 1'.repeat(300)}`).problem, /deeply nested/);
  assert.match(mistakeIn(' '.repeat(10_001)).problem, /longer than/);
  const chain = parseExpression(Array.from({ length: 400 }, (_, i) => `quantity = ${i}`).join(' OR '), FIELDS);
  assert.equal(chain.node.kind === 'call' && chain.node.args.length, 400);
});

test('an expression names its type, whether it may be NULL, and the columns that it reads in order', () => {
  const facts = (text: string) => {
    const { type, nullable: maybe, columns } = parseExpression(text, FIELDS);
    return [type, maybe, columns];
  };
  assert.deepEqual(facts('quantity + 1'), [{ kind: 'long' }, false, ['quantity']]);
  assert.deepEqual(facts('amount * 1.5'), [{ kind: 'decimal', precision: 12, scale: 3 }, true, ['amount']]);
  assert.deepEqual(facts('quantity / 2'), [{ kind: 'long' }, true, ['quantity']]);
  assert.deepEqual(facts('COALESCE(status, order_id)'), [{ kind: 'string' }, false, ['status', 'order_id']]);
  assert.deepEqual(facts('customer_id IS NULL'), [{ kind: 'boolean' }, false, ['customer_id']]);
  assert.deepEqual(facts('CASE WHEN is_open THEN amount ELSE 0 END'), [
    { kind: 'decimal', precision: 10, scale: 2 },
    true,
    ['is_open', 'amount'],
  ]);
  assert.deepEqual(facts('status'), [FIELDS[5]!.type, true, ['status']]);
  assert.deepEqual(facts('NULL'), [null, true, []]);
});

test('names without quotes may be in any case; quoted ones are exact and may be keywords', () => {
  assert.deepEqual(parseExpression('QUANTITY > 0 AND "Order" <> order_id', FIELDS).columns, [
    'quantity',
    'Order',
    'order_id',
  ]);
});

test('a constraint has a name, a condition and what happens to rows that break it', () => {
  const parse = (text: string) => parseConstraint(text, FIELDS);
  const { name, condition, action } = parse('CONSTRAINT valid_amount EXPECT (amount > 0) ON VIOLATION DROP ROW');
  assert.deepEqual(
    [name, condition.text, condition.columns, action],
    ['valid_amount', 'amount > 0', ['amount'], 'drop'],
  );
  assert.equal(parse('constraint a expect (is_open)').action, 'warn');
  assert.equal(parse('CONSTRAINT a EXPECT (is_open) ON VIOLATION FAIL UPDATE').action, 'fail');
  assert.equal(parse('CONSTRAINT a EXPECT (is_open) ON VIOLATION QUARANTINE ROW').action, 'quarantine');
  assert.equal(mistakeIn('CONSTRAINT a EXPECT (quantity)', parse).at, 21);
  assert.equal(mistakeIn('CONSTRAINT a EXPECT (is_open) ON VIOLATION IGNORE', parse).at, 43);
});
