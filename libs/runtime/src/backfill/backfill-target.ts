import { MedallionError } from '@medallion/core';
import { flowsOf, type PipelinePlan, type TablePlan } from '@medallion/pipeline';
import { backfilledFlow, type RedrivenFlow } from '../redrive/redriven-flow.ts';

/** Why a backfill is refused, and what to do instead. */
export const refusal = (table: string, reason: string, advice: string): MedallionError =>
  new MedallionError('MED_BACKFILL_REFUSED', { table, reason, advice });

/**
 * The flow beside the one whose steps the rows of a backfill take.
 *
 * @throws MED_BACKFILL_REFUSED, MED_CONFIG_INVALID
 */
export function targetOf(plan: PipelinePlan, name: string, wanted: string | undefined): RedrivenFlow {
  const table = plan.tables.find((each) => each.name === name);
  if (table === undefined) {
    const problems = `${plan.name} has no table "${name}", only ${plan.tables.map((each) => each.name).join(', ')}`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  const targets = flowsOf(table)
    .flatMap((flow) => backfilledFlow(plan, table, flow) ?? [])
    .filter(({ original }) => wanted === undefined || original.name === wanted);
  if (targets.length === 1) return targets[0]!;
  if (targets.length > 1) {
    const names = targets.map(({ original }) => original.name).join(', ');
    throw refusal(name, `several flows bring its rows: ${names}`, 'name the one whose steps they are to take: --flow');
  }
  throw refusal(name, ...whyNot(table, wanted));
}

/** Why a table takes no backfill, and what does. */
function whyNot(table: TablePlan, wanted: string | undefined): [reason: string, advice: string] {
  if (wanted !== undefined) return [`it has no flow "${wanted}" that reads a topic or files`, 'see medallion graph'];
  switch (table.kind) {
    case 'streaming_table': {
      const inputs = table.flows.flatMap(({ source }) => (source.kind === 'table' ? [source.table] : []));
      const from = `backfill ${inputs.join(' or ')}: its new rows come to this table by themselves`;
      return [`its rows are those of ${inputs.join(', ')}, a table of the engine`, from];
    }
    case 'keyed_table': {
      const { source } = table.flow;
      if (source.kind === 'snapshot')
        return ['it is what its newest snapshot says', 'put the state that is to count into its folder'];
      const input = source.kind === 'table' ? source.table : 'its source';
      const why = 'older changes come to this table by themselves, and their sequence decides what they change';
      return [`its changes are the rows of ${input}`, `backfill ${input}: ${why}`];
    }
    default:
      return [
        'it is computed from other tables',
        'backfill the streaming table that it is made of, then refresh this one',
      ];
  }
}
