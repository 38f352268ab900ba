import type { Mutant } from './mutant.ts';

const pipeline = 'lakeflow-customers';
const RELATIONS = 'libs/testkit/src/store/memory-relations.ts';
const ROWS = 'libs/testkit/src/store/memory-view-rows.ts';

/** Defects in what the engine relies on: that a commit changes tables by key, and the views over them, as one. */
export const RELATIONAL: readonly Mutant[] = [
  {
    name: 'group-computed-before-the-change',
    breaks: 'M1, I2',
    pipeline,
    file: RELATIONS,
    find: 'for (const [table, rows] of changes) this.#change(table, rows);\n      if (changes.size > 0) this.#compute();',
    replace:
      'if (changes.size > 0) this.#compute();\n      for (const [table, rows] of changes) this.#change(table, rows);',
    quick: true,
  },
  {
    name: 'row-of-the-view-left-behind',
    breaks: 'M1, I2',
    pipeline,
    file: RELATIONS,
    find: 'new Map(numbered.map(([key, row]) => [key, shown(view.schema.fields, row)]))',
    replace:
      'new Map([...(this.#tables.get(view.name) ?? []), ...numbered.map(([key, row]) => [key, shown(view.schema.fields, row)])])',
  },
  {
    name: 'deleted-row-left-behind',
    breaks: 'G5, I2',
    pipeline,
    file: RELATIONS,
    find: 'if (row === null) rows.delete(JSON.stringify(key));',
    replace: 'if (row === null) continue;',
  },
  {
    name: 'join-kept-without-its-other-side',
    breaks: 'M1',
    pipeline,
    file: ROWS,
    find: "if (match === undefined && type === 'inner') return [];",
    replace: '',
    quick: true,
  },
  {
    name: 'join-with-a-version-that-has-ended',
    breaks: 'M8',
    pipeline,
    file: ROWS,
    find: 'if (versions && row[VALIDITY.to] !== null) continue;',
    replace: '',
  },
];
