import type { Mistakes } from './mistakes.ts';
import type { StreamingTablePlan, TablePlan } from './plan.ts';

const externalTopics = ({ flows }: StreamingTablePlan): readonly string[] =>
  flows.flatMap(({ source }) => (source.kind === 'topic' ? [source.topic] : []));

/** Judges that no topic has two uses: two tables that read it, or one that reads what the engine writes. */
export function judgeTopics(plans: readonly TablePlan[], mistakes: Mistakes): void {
  const uses = new Map<string, string>();
  for (const plan of plans) {
    if (plan.kind !== 'streaming_table') continue;
    const topics = [plan.topic, plan.quarantineTopic, ...externalTopics(plan)];
    for (const topic of topics) {
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
}
