import { type Named, nameOf, resolved, type Schema } from './description.ts';
import { boundWords, choicesOf, isNull, typeWords, valuesOf } from './type-words.ts';

/** One line of a table that shows a schema: a property, however deep, by the way that leads to it. */
export type SchemaLine = {
  /** What leads to it, `columns[].`; empty at the top. */
  readonly within: string;
  /** Its own name; empty for the value as a whole. */
  readonly name: string;
  readonly type: string;
  /** Whether it may be missing. */
  readonly optional: boolean;
  readonly bounds: readonly string[];
  readonly meaning: string;
};

/** Properties within properties that are shown at most. */
const MAX_DEPTH = 10;

type Way = {
  readonly within: string;
  readonly depth: number;
  /** Names that were followed to get here: one that comes again has no end. */
  readonly through: readonly string[];
};

/** What a schema says, line by line: the value as a whole first, then every property in the order of the schema. */
export function schemaLines(schema: Schema, named: Named): readonly SchemaLine[] {
  const top = { within: '', depth: 0, through: [] };
  const within = stepInto(schema, named).replace(/^\./, '');
  return [lineOf('', schema, false, top, named), ...linesWithin(schema, named, { ...top, within })];
}

const lineOf = (name: string, schema: Schema, optional: boolean, { within }: Way, named: Named): SchemaLine => ({
  ...{ within, name, optional },
  type: typeWords(schema, named),
  bounds: boundWords(schema, named),
  meaning: schema.description ?? meaningOf(schema, named),
});

/** A choice, as of a value or null, is described by what it is when it is there. */
const meaningOf = (schema: Schema, named: Named): string => {
  const of = resolved(schema, named);
  if (of.description !== undefined) return of.description;
  const said = choicesOf(of).flatMap(({ description }) => (description === undefined ? [] : [description]));
  return [...new Set(said)].join(' ');
};

function linesWithin(schema: Schema, named: Named, way: Way): readonly SchemaLine[] {
  const name = schema.$ref === undefined ? null : nameOf(schema.$ref);
  if (way.depth > MAX_DEPTH || (name !== null && way.through.includes(name))) return [];
  const of = resolved(schema, named);
  const through = name === null ? way.through : [...way.through, name];
  const deeper = (each: Schema, step: string): readonly SchemaLine[] =>
    linesWithin(each, named, { within: `${way.within}${step}`, depth: way.depth + 1, through });
  const required = new Set(of.required);
  const lines = Object.entries(of.properties ?? {}).flatMap(([property, each]) => [
    lineOf(property, each, !required.has(property), way, named),
    ...deeper(each, `${property}${stepInto(each, named)}`),
  ]);
  const values = valuesOf(of);
  // How items, values and choices are reached has been said by the name that leads to them.
  const alike = [...choicesOf(of), ...(of.allOf ?? []), of.items, values];
  return [...lines, ...alike.flatMap((each) => (each === undefined || each === of ? [] : deeper(each, '')))];
}

/** How what is within a property is reached from its name: `.`, `[].` in a list, `.{name}.` in a record. */
function stepInto(schema: Schema, named: Named, depth = 0): string {
  if (depth > MAX_DEPTH) return '.';
  const of = resolved(schema, named);
  const [only] = choicesOf(of).filter((each) => !isNull(each));
  if (only !== undefined && only !== of) return stepInto(only, named, depth + 1);
  if (of.items !== undefined) return `[]${stepInto(of.items, named, depth + 1)}`;
  const values = valuesOf(of);
  return values === undefined ? '.' : `.{name}${stepInto(values, named, depth + 1)}`;
}
