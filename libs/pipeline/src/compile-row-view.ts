import type { Context } from './compile-context.ts';
import { inputOf } from './compile-source.ts';
import { compileSteps } from './compile-steps.ts';
import type { AnyTable, ViewDeclaration } from './declaration.ts';
import { judgeVersion } from './judge-options.ts';
import { judgeTableName } from './names.ts';
import type { ViewPlan } from './plan.ts';

/** A view as a plan without its hash. */
export function compileRowView(declared: ViewDeclaration, context: Context): ViewPlan {
  judgeTableName(declared.name, [], context.report);
  judgeVersion(declared.version, context.report);
  const source = declared.source as AnyTable;
  const { fields: input } = inputOf({ name: null, source, once: false }, declared.name, context);
  const { steps, fields } = compileSteps(declared.operations, input, context);
  return {
    kind: 'view',
    name: declared.name,
    layer: declared.layer ?? 'silver',
    comment: declared.comment,
    source: source.name,
    steps,
    schema: { name: declared.name, fields },
    version: declared.version,
    hash: '',
  };
}
