/** A schema, as far as the page reads one. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  /** Codes that a problem may have: an addition of ours. */
  readonly 'x-codes'?: readonly ProblemCode[];
};

export type ProblemCode = {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly remedy: string;
};

export type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema: Schema;
};

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

export type DescribedOperation = {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
};

/** The description of an API, as far as the page reads one (OpenAPI 3.1). */
export type Description = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
};

/** Named schemas, by what refers to them. */
export type Named = Readonly<Record<string, Schema>>;

export const namedIn = ({ components }: Description): Named => components?.schemas ?? {};

/** The name behind a reference; null where it is none of a schema of this description. */
export const nameOf = (reference: string): string | null =>
  /^#\/components\/schemas\/([^/]+)$/.exec(reference)?.[1] ?? null;

/** What a reference stands for; `{}`, which is anything, where nothing has that name. */
export function resolved(schema: Schema, named: Named): Schema {
  const name = schema.$ref === undefined ? null : nameOf(schema.$ref);
  if (schema.$ref === undefined) return schema;
  const target = name === null || !Object.hasOwn(named, name) ? undefined : named[name];
  return target ?? {};
}
