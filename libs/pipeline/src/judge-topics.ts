import type { Mistakes } from './mistakes.ts';
import type { TablePlan } from './plan.ts';
import { flowsOf } from './plan-parts.ts';

/** Every topic that a table reads from outside or writes. */
function topicsOf(plan: TablePlan): readonly string[] {
  const own =
    plan.kind === 'streaming_table'
      ? [plan.topic, plan.quarantineTopic]
      : plan.kind === 'keyed_table'
        ? [plan.changelogTopic, plan.quarantineTopic]
        : [];
  const read = flowsOf(plan).flatMap(({ source }) => {
    if (source.kind === 'topic') return [source.topic];
    return source.kind === 'table' ? [] : [source.filesTopic];
  });
  return [...own, ...read];
}

/** Judges that no topic has two uses: two tables that read it, or one that reads what the engine writes. */
export function judgeTopics(plans: readonly TablePlan[], mistakes: Mistakes): void {
  const uses = new Map<string, string>();
  for (const plan of plans)
    for (const topic of topicsOf(plan)) {
      const other = uses.get(topic);
      if (other === undefined) uses.set(topic, plan.name);
      else
        mistakes.add(
          `table "${plan.name}"`,
          `its topic "${topic}" is a topic of "${other}" too`,
          'read a topic once, into one table, and declare others .from() that table',
        );
    }
}
