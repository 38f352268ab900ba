import { found } from '../operator/search.ts';
import type { Description, Named, Parameter, ProblemCode, Schema } from './description.ts';
import { namedIn } from './description.ts';

/** Who may ask: everybody, people with a role, or whoever is known. */
export type Access = 'everybody' | 'viewer' | 'operator';

/** What one status comes with. */
export type AnswerOf = {
  /** A status, or `default` for all others. */
  readonly status: string;
  readonly description: string;
  /** Absent: no body. */
  readonly mediaType?: string;
  readonly schema?: Schema;
};

/** One thing that can be asked for. */
export type Operation = {
  /** Names it in the address of the page. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly access: Access;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly answers: readonly AnswerOf[];
};

/** Operations that belong together. */
export type Group = { readonly name: string; readonly description: string; readonly operations: readonly Operation[] };

/** What the page shows of an API. */
export type Api = { readonly groups: readonly Group[]; readonly named: Named; readonly codes: readonly ProblemCode[] };

const UNTAGGED = 'others';

/** `get-api-queries-name`, for GET /api/queries/{name}. */
export const idOf = (method: string, path: string): string =>
  [method, ...path.split(/[^A-Za-z0-9]+/)].filter((part) => part !== '').join('-');

/** In the path first, as they have to be given; then those of the query, the required ones first. */
const inOrder = (parameters: readonly Parameter[]): readonly Parameter[] => {
  const rank = (each: Parameter): number => (each.in === 'path' ? 0 : isRequired(each) ? 1 : 2);
  return parameters.toSorted((a, b) => rank(a) - rank(b));
};

/** Whether it has to be given: what has a default has not. */
export const isRequired = ({ required = false, schema }: Parameter): boolean =>
  required && schema.default === undefined;

const accessOf = (security: Description['paths'][string][string]['security']): Access => {
  if (security === undefined || security.length === 0) return 'everybody';
  return security.some((each) => Object.values(each).some((roles) => roles.includes('operator')))
    ? 'operator'
    : 'viewer';
};

/** The operations of a description by their groups, in the order of its tags; groups that it does not name come last. */
export function apiOf(description: Description): Api {
  const groups = new Map<string, Operation[]>((description.tags ?? []).map(({ name }) => [name, []]));
  for (const [path, methods] of Object.entries(description.paths))
    for (const [method, of] of Object.entries(methods)) {
      const tag = of.tags?.[0] ?? UNTAGGED;
      const group = groups.get(tag) ?? [];
      groups.set(tag, group);
      group.push({
        ...{ id: idOf(method, path), method: method.toUpperCase(), path },
        ...{ summary: of.summary ?? '', description: of.description ?? '' },
        access: accessOf(of.security),
        parameters: inOrder(of.parameters ?? []),
        body: Object.values(of.requestBody?.content ?? {})[0]?.schema ?? null,
        answers: Object.entries(of.responses ?? {}).map(([status, answer]) => {
          const [mediaType, content] = Object.entries(answer.content ?? {})[0] ?? [];
          return {
            ...{ status, description: answer.description ?? '' },
            ...(mediaType === undefined ? {} : { mediaType }),
            ...(content?.schema === undefined ? {} : { schema: content.schema }),
          };
        }),
      });
    }
  const described = new Map((description.tags ?? []).map((tag) => [tag.name, tag.description ?? '']));
  const named = namedIn(description);
  return {
    groups: [...groups].flatMap(([name, operations]) =>
      operations.length === 0 ? [] : [{ name, description: described.get(name) ?? '', operations }],
    ),
    named,
    codes: Object.values(named).flatMap((schema) => schema['x-codes'] ?? []),
  };
}

/** The groups with those operations alone that a search finds: by method, path, summary and names of parameters. */
export function groupsFound(groups: readonly Group[], query: string): readonly Group[] {
  if (query.trim() === '') return groups;
  return groups.flatMap((group) => {
    const operations = found(group.operations, query, ({ method, path, summary, parameters }) => [
      ...[method, path, summary, group.name],
      ...parameters.map(({ name }) => name),
    ]);
    return operations.length === 0 ? [] : [{ ...group, operations }];
  });
}
