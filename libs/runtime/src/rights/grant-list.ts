import type { Grant, Operation } from './grants.ts';

const ORDER: readonly Operation[] = ['describe', 'read', 'write', 'create', 'alter', 'delete', 'describe_configs'];
/** Each of these lets describe too. */
const DESCRIBING: readonly Operation[] = ['read', 'write', 'alter', 'delete'];

/** Grants as they are found, each resource once. */
export class GrantList {
  readonly #operations = new Map<string, Set<Operation>>();

  topic(name: string, ...operations: readonly Operation[]): void {
    this.#add('topic', name, operations);
  }

  group(name: string, ...operations: readonly Operation[]): void {
    this.#add('group', name, operations);
  }

  add({ resource, name, operations }: Grant): void {
    this.#add(resource, name, operations);
  }

  /** All of them: topics before groups, by name. */
  grants(): readonly Grant[] {
    return [...this.#operations]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, operations]) => {
        const [rank, name] = [key[0], key.slice(2)];
        const said = DESCRIBING.some((each) => operations.has(each))
          ? operations.difference(new Set<Operation>(['describe']))
          : operations;
        return { resource: rank === '0' ? 'topic' : 'group', name, operations: ORDER.filter((each) => said.has(each)) };
      });
  }

  #add(resource: Grant['resource'], name: string, operations: readonly Operation[]): void {
    const key = `${resource === 'topic' ? 0 : 1} ${name}`;
    this.#operations.set(key, (this.#operations.get(key) ?? new Set()).union(new Set(operations)));
  }
}

/** Rights of the same somebody in several pipelines, as one list. */
export function mergeGrants(lists: readonly (readonly Grant[])[]): readonly Grant[] {
  const all = new GrantList();
  for (const grant of lists.flat()) all.add(grant);
  return all.grants();
}
