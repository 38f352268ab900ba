import { fieldsOf, long, oneOfStrings, timestamp } from '@medallion/schema';
import { type Context, kindText } from './compile-context.ts';
import { keyOf } from './compile-relational-view.ts';
import type { AnyTable, ChangeFeedDeclaration } from './declaration.ts';
import { judgeVersion } from './judge-options.ts';
import { judgeTableName } from './names.ts';
import { CHANGE, type ChangeFeedPlan } from './plan.ts';

const changeFields = fieldsOf({
  [CHANGE.type]: oneOfStrings(['insert', 'update_preimage', 'update_postimage', 'delete'], 'what happened to the row'),
  [CHANGE.version]: long('counts the commits that changed the table, from 0'),
  [CHANGE.at]: timestamp('when the change was committed'),
});

/** A change feed as a plan without its hash. */
export function compileChangeFeed(declared: ChangeFeedDeclaration, { planOf, report }: Context): ChangeFeedPlan {
  judgeTableName(declared.name, [], report);
  judgeVersion(declared.version, report);
  const source = planOf(declared.source as AnyTable);
  if (keyOf(source) === null)
    report(
      `it is the change feed of "${source.name}", ${kindText(source)}`,
      'choose a keyed table or a view of rows by key: other tables are not changed row by row',
    );
  return {
    kind: 'change_feed',
    name: declared.name,
    layer: declared.layer ?? source.layer,
    comment: declared.comment,
    source: source.name,
    schema: { name: declared.name, fields: [...source.schema.fields, ...changeFields] },
    version: declared.version,
    hash: '',
  };
}
