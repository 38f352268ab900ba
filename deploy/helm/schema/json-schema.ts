/** As much of JSON schema (draft 7) as the values need. */
export type Schema = { readonly [keyword: string]: unknown };

/** An object of these properties and no others. */
export const object = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  description,
  additionalProperties: false,
  properties,
  ...(required.length > 0 ? { required } : {}),
});

/** Text; with `pattern` of that form. */
export const text = (description: string, pattern?: string): Schema => ({
  type: 'string',
  description,
  ...(pattern === undefined ? {} : { pattern }),
});

/** A whole number between two, both allowed. */
export const whole = (description: string, minimum: number, maximum: number): Schema => ({
  type: 'integer',
  description,
  minimum,
  maximum,
});

/** Yes or no. */
export const flag = (description: string): Schema => ({ type: 'boolean', description });

/** One of a few words. */
export const word = (description: string, ...words: readonly string[]): Schema => ({
  type: 'string',
  description,
  enum: words,
});

/** Items of one kind. */
export const list = (description: string, items: Schema, minItems = 0): Schema => ({
  type: 'array',
  description,
  items,
  ...(minItems > 0 ? { minItems } : {}),
});

/** Names to texts, as labels and annotations are. */
export const texts = (description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
});

/** Another part of the same schema. */
export const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
