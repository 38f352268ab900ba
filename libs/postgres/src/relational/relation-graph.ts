import type { ChangeFeedPlan, PipelinePlan } from '@medallion/pipeline';
import type { Relation } from './relation.ts';
import { inputsOf, relationsOf } from './relations-of.ts';

/** The relations of a plan, and what depends on what. */
export class RelationGraph {
  /** Each after those that it is computed from. */
  readonly relations: readonly Relation[];
  readonly feeds: readonly ChangeFeedPlan[];
  readonly #components: ReadonlyMap<Relation, string>;

  constructor(plan: PipelinePlan) {
    this.relations = relationsOf(plan);
    this.feeds = plan.tables.filter((table) => table.kind === 'change_feed');
    this.#components = componentsOf(this.relations);
  }

  /** Relations without inputs of this plan's own have none here. */
  named(name: string): Relation | undefined {
    return this.relations.find((relation) => relation.name === name);
  }

  /** The relations that read one directly. */
  readersOf(relation: Relation): readonly Relation[] {
    return this.relations.filter((each) => inputsOf(each).includes(relation));
  }

  feedsOf(relation: Relation): readonly ChangeFeedPlan[] {
    return this.feeds.filter((feed) => feed.source === relation.name);
  }

  /** Whether somebody needs to know what changed in a relation. */
  isWatched(relation: Relation): boolean {
    return this.readersOf(relation).length > 0 || this.feedsOf(relation).length > 0;
  }

  /** The relations and all that is computed from them, in order. */
  affectedBy(changed: ReadonlySet<Relation>): readonly Relation[] {
    const affected = new Set(changed);
    for (const relation of this.relations)
      if (inputsOf(relation).some((input) => affected.has(input))) affected.add(relation);
    return this.relations.filter((relation) => affected.has(relation));
  }

  /** Relations of one component are computed from one another, by whatever way; named after the first of them. */
  componentOf(relation: Relation): string {
    return this.#components.get(relation)!;
  }
}

function componentsOf(relations: readonly Relation[]): ReadonlyMap<Relation, string> {
  const component = new Map(relations.map((relation) => [relation, relation.name]));
  for (const relation of relations)
    for (const input of inputsOf(relation)) {
      const [mine, other] = [component.get(relation)!, component.get(input)!];
      for (const [each, name] of component) if (name === mine) component.set(each, other);
    }
  return component;
}
