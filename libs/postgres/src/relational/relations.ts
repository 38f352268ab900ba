import { createHash } from 'node:crypto';
import { invariant } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { GoldCommit, KeyedChange } from '@medallion/runtime';
import { postgresType } from '@medallion/schema';
import type pg from 'pg';
import { arrayOf, booleanElement, elementOf } from '../array-literal.ts';
import { compareValues } from '../key-order.ts';
import { derivedName } from '../sql-text.ts';
import type { Statement } from '../transaction.ts';
import { feedStatement } from './feed-sql.ts';
import { mergeStatement } from './merge-sql.ts';
import type { Computed, KeyedRelation, Relation } from './relation.ts';
import { RelationGraph } from './relation-graph.ts';
import { differingStatement, touchedStatement } from './touched-sql.ts';
import { applyStatement, followStatement, writeStatement } from './write-sql.ts';

/**
 * Keyed tables, what is computed from them, and their change feeds, in the transaction of the change:
 *
 *   lock ─▶ apply the changes of keyed tables ─▶ for each view in order: touched keys ─▶ write ─▶ feeds
 *
 * Each step is a statement of its own and sees what the ones before it did. The lock is one for all tables that are
 * computed from one another, and is taken first: so a commit sees all of the commits before it, and what it computes is
 * the batch query over its inputs. See docs/decisions/relational-views.md.
 */
export class Relations {
  readonly #plan: PipelinePlan;
  readonly #graph: RelationGraph;
  readonly #texts = new Map<Relation, readonly string[]>();

  constructor(plan: PipelinePlan) {
    this.#plan = plan;
    this.#graph = new RelationGraph(plan);
  }

  /** The statements of a commit. Throws RowRefusedError for a value that its column cannot hold. */
  statements({ changes }: GoldCommit): readonly Statement[] {
    const changed = new Map<Relation, readonly KeyedChange[]>();
    for (const [table, rows] of changes) {
      const relation = this.#graph.named(table);
      invariant(relation?.kind === 'keyed', `${table} is no keyed table`);
      if (rows.length > 0) changed.set(relation, rows);
    }
    if (changed.size === 0) return [];
    const affected = this.#graph.affectedBy(new Set(changed.keys()));
    return [
      { name: 'relations plan', text: LOOKUPS },
      ...this.#locks(affected),
      ...affected.flatMap((relation) =>
        relation.kind === 'keyed' ? [this.#apply(relation, changed.get(relation)!)] : this.#maintain(relation),
      ),
      ...this.#feeds(affected),
    ];
  }

  /**
   * Computes views and all that depends on them anew: those that are new or defined otherwise, or whose rows are doubted.
   * In the transaction of the caller, once in it. Rows that are right already stay as they are.
   */
  async refresh(client: pg.ClientBase, views: readonly string[]): Promise<void> {
    const own = this.#graph.relations.filter((each) => each.kind !== 'keyed' && views.includes(each.plan.name));
    if (own.length === 0) return;
    const affected = this.#graph.affectedBy(new Set(own));
    await this.lock(client, affected);
    // However long it takes.
    await client.query('SET LOCAL statement_timeout = 0');
    for (const relation of affected) {
      if (relation.kind === 'keyed') continue;
      await client.query("SELECT set_config('enable_seqscan', 'on', true)");
      await client.query(differingStatement(this.#plan.schemaName, relation));
      await client.query(LOOKUPS);
      // Those that read it are compared whole themselves; only feeds ask what changed.
      const fed = this.#graph.feedsOf(relation).length > 0;
      await client.query(writeStatement(this.#plan.schemaName, relation, fed));
    }
    for (const feed of this.#feeds(affected)) await client.query(feed.text);
  }

  /** Waits until no commit changes these relations, and lets none until the end of the transaction. */
  async lock(client: pg.ClientBase, relations: readonly Relation[]): Promise<void> {
    for (const { text, values } of this.#locks(relations)) await client.query(text, [...values]);
  }

  get graph(): RelationGraph {
    return this.#graph;
  }

  /** One lock a component, in the order of their names. */
  #locks(affected: readonly Relation[]): readonly Prepared[] {
    const components = affected
      .filter((each) => each.kind !== 'keyed' || this.#graph.isWatched(each))
      .map((each) => this.#graph.componentOf(each));
    return [...new Set(components)].sort().map((component) => ({
      name: 'relations lock',
      text: 'SELECT pg_advisory_xact_lock($1, hashtext($2))',
      values: [LOCK_SPACE, `${this.#plan.name}/${component}`],
    }));
  }

  #apply(relation: KeyedRelation, changes: readonly KeyedChange[]): Prepared {
    const [text] = this.#textsOf(relation) as [string];
    const sorted = lastByKey(relation, changes);
    const keyAt = new Map(relation.key.map(({ name }, i) => [name, i]));
    return named(text, [
      arrayOf(sorted, ({ row }) => row !== null, booleanElement),
      ...relation.fields.map(({ name, type }) => {
        const position = keyAt.get(name);
        return arrayOf(
          sorted,
          ({ key, row }) => (position === undefined ? (row?.[name] ?? null) : key[position]!),
          elementOf(type),
        );
      }),
    ]);
  }

  #maintain(relation: Computed): readonly Prepared[] {
    return this.#textsOf(relation).map((text) => named(text));
  }

  #feeds(affected: readonly Relation[]): readonly Prepared[] {
    const { name, schemaName } = this.#plan;
    return affected.flatMap((relation) => {
      const feeds = this.#graph.feedsOf(relation);
      return feeds.length === 0 ? [] : [named(feedStatement(name, schemaName, relation, feeds))];
    });
  }

  #textsOf(relation: Relation): readonly string[] {
    let texts = this.#texts.get(relation);
    if (texts === undefined) {
      const { schemaName } = this.#plan;
      const watched = this.#graph.isWatched(relation);
      texts =
        relation.kind === 'keyed'
          ? [
              applyStatement(
                schemaName,
                relation,
                watched,
                relation.fields.map(({ type }) => postgresType(type)),
              ),
            ]
          : maintenance(schemaName, relation, watched);
      this.#texts.set(relation, texts);
    }
    return texts;
  }
}

function maintenance(schemaName: string, relation: Computed, watched: boolean): readonly string[] {
  if (relation.kind === 'groups') return [mergeStatement(schemaName, relation, watched)];
  if (relation.joins.length === 0) return [followStatement(schemaName, relation, watched)];
  return [touchedStatement(schemaName, relation), writeStatement(schemaName, relation, watched)];
}

type Prepared = { readonly name: string; readonly text: string; readonly values: readonly unknown[] };

/**
 * Plans are made for lookups, whatever the planner believes of tables that were just created: see `lookup`. And a batch that
 * touches every group of a large table may take its time: given up, it would only be tried again.
 */
const LOOKUPS = `SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
  set_config('statement_timeout', '10min', true)`;

/** The first half of the advisory locks' numbers; the other is a hash of what is locked. */
const LOCK_SPACE = 1_296_385;

/** Prepared once per connection, under a name that no other text has. */
const named = (text: string, values: readonly unknown[] = []): Prepared => ({
  name: derivedName('relation ', createHash('sha256').update(text).digest('hex').slice(0, 24)),
  text,
  values,
});

/** A later change of a key replaces an earlier one; in the order of the keys, in which rows are locked. */
function lastByKey(relation: KeyedRelation, changes: readonly KeyedChange[]): readonly KeyedChange[] {
  const last = new Map<string, KeyedChange>();
  for (const change of changes) {
    invariant(change.key.length === relation.key.length, `a key of ${relation.name} has another length`);
    last.set(JSON.stringify(change.key), change);
  }
  return [...last.values()].sort((a, b) => {
    for (let i = 0; i < a.key.length; i++) {
      const order = compareValues(a.key[i]!, b.key[i]!);
      if (order !== 0) return order;
    }
    return 0;
  });
}
