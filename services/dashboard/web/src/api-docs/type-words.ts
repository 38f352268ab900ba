import { type Named, nameOf, resolved, type Schema } from './description.ts';

/** The choices of a schema; itself where it is none. */
export const choicesOf = (schema: Schema): readonly Schema[] => schema.anyOf ?? schema.oneOf ?? [schema];

/** Whether it is the null of a choice. */
export const isNull = (schema: Schema): boolean => schema.type === 'null';

/** What values of a record look like; undefined where it is no record. */
export const valuesOf = ({ additionalProperties, patternProperties }: Schema): Schema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : Object.values(patternProperties ?? {})[0];

/** References that are followed one after the other at most: a type that refers to itself has no end. */
const MAX_DEPTH = 8;

/** What kind of value a schema is for, in the words of JSON: `array of string or null`, `"line" or "bar"`. */
export function typeWords(schema: Schema, named: Named, depth = 0): string {
  if (schema.$ref !== undefined && depth >= MAX_DEPTH) return nameOf(schema.$ref) ?? 'any value';
  const of = resolved(schema, named);
  const words = (each: Schema): string => typeWords(each, named, depth + 1);
  const choices = of.anyOf ?? of.oneOf;
  if (choices !== undefined) {
    const known = [...new Set(choices.map(words))];
    // `null` is said last, whatever the order.
    return known.toSorted((a, b) => Number(a === 'null') - Number(b === 'null')).join(' or ');
  }
  if (of.const !== undefined) return JSON.stringify(of.const);
  if (of.enum !== undefined) return of.enum.map((each) => JSON.stringify(each)).join(' or ');
  if (of.allOf !== undefined) return of.allOf.map(words).join(' and ');
  if (Array.isArray(of.type)) return of.type.join(' or ');
  if (of.type === 'array') return `array of ${of.items === undefined ? 'any value' : words(of.items)}`;
  if (of.type === 'object' && of.properties === undefined) {
    const values = valuesOf(of);
    return values === undefined ? 'object' : `object of ${words(values)}`;
  }
  if (of.type === undefined) return of.properties === undefined ? 'any value' : 'object';
  return of.format === undefined ? String(of.type) : `${of.type} (${of.format})`;
}

const between = (least: number | undefined, most: number | undefined, what: string): readonly string[] => {
  const number = (value: number): string => value.toLocaleString('en');
  if (least !== undefined && most !== undefined) return [`${number(least)} to ${number(most)}${what}`];
  if (least !== undefined) return [`at least ${number(least)}${what}`];
  return most === undefined ? [] : [`at most ${number(most)}${what}`];
};

/** `NUL` is what Postgres cannot have; a pattern that says no more than that is said in words. */
const patternWords = (pattern: string): string => (pattern === '^[^\\u0000]*$' ? 'without NUL' : `matches ${pattern}`);

/** What else has to hold for a value, each in words; also for what a choice says of one. */
export function boundWords(schema: Schema, named: Named): readonly string[] {
  const of = resolved(schema, named);
  const own = [
    ...between(of.minimum, of.maximum, ''),
    ...between(of.minLength, of.maxLength, ' characters'),
    ...between(of.minItems, of.maxItems, ' items'),
    ...(of.pattern === undefined ? [] : [patternWords(of.pattern)]),
    ...(of.default === undefined ? [] : [`${JSON.stringify(of.default)} where nothing is said`]),
  ];
  const choices = of.anyOf ?? of.oneOf ?? [];
  return [...own, ...choices.filter((each) => each.$ref === undefined).flatMap((each) => boundWords(each, named))];
}
