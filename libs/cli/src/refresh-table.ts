import { systemClock } from '@medallion/core';
import { filesAt } from '@medallion/host';
import type { KeyedTablePlan, StreamingTablePlan } from '@medallion/pipeline';
import { createResetStore } from '@medallion/postgres';
import { lookAtReset, missingFilesText, missingText, type ResetLook, resetTable } from '@medallion/runtime';
import { type Answer, EXIT, fine, type Surroundings } from './answer.ts';
import type { RefreshRequest } from './commands/refresh.ts';
import { databaseUrlOf, withAdmin } from './connect.ts';

/**
 * Takes a streaming or keyed table, and all that depends on it, back to before its first record; without `full`, says what
 * goes and what stands in its way.
 */
export async function refreshTable(
  { plan, full, allowLoss, by }: RefreshRequest,
  { name }: StreamingTablePlan | KeyedTablePlan,
  around: Surroundings,
): Promise<Answer> {
  const landing = around.env.LANDING_URL;
  const files = landing === undefined || landing === '' ? {} : { files: await filesAt(landing, around.env) };
  const store = createResetStore({ databaseUrl: databaseUrlOf(around), plan });
  try {
    if (!full) {
      const seen = await withAdmin(around, (parts) => lookAtReset({ plan, ...parts, ...files }, name));
      return { data: dataOf(plan.name, seen), lines: wouldBe(seen), exit: EXIT.checksFailed };
    }
    const done = await withAdmin(around, (parts) =>
      resetTable({ plan, ...parts, ...files, store, clock: systemClock }, name, { by, allowLoss }),
    );
    return fine(dataOf(plan.name, done), [
      `${done.scope.tables.join(', ')}: back to before their first record`,
      ...lossOf(done).map((loss) => `lost: ${loss}`),
      `start ${servicesOf(done).join(', ')}: they make them anew`,
    ]);
  } finally {
    await files.files?.close();
    await store.close();
  }
}

const servicesOf = ({ scope }: ResetLook): readonly string[] => [
  ...new Set([...scope.groups.map(({ service }) => service), 'gold-aggregate']),
];

function wouldBe(look: ResetLook): readonly string[] {
  const { scope, running } = look;
  const stopped = running.map(({ group, members }) => `${group} (${members.join(', ')})`);
  return [
    `with --full these tables are made anew, from the start of ${scope.inputs.join(', ')}:`,
    ...scope.tables.map((table) => `  ${table}`),
    'and what they have goes first:',
    ...[...scope.topics, ...scope.redriveTopics].map((topic) => `  topic ${topic}`),
    ...scope.groups.map(({ group }) => `  group ${group}`),
    '  in Postgres their rows, copies, leases, counts, late rows and quarantine',
    ...(stopped.length === 0 ? [] : [`stop ${servicesOf(look).join(', ')} first: ${stopped.join(', ')}`]),
    ...lossOf(look).map((loss) => `${loss}: it needs --allow-loss`),
  ];
}

/** What the tables were made of and is not there any more. */
const lossOf = ({ scope, missing, missingFiles }: ResetLook): readonly string[] => [
  ...(missing.length === 0 ? [] : [`retention has removed ${missingText(missing)}`]),
  ...(missingFiles.length === 0 ? [] : [missingFilesText(missingFiles)]),
  ...scope.compacted.map((topic) => `${topic} is compacted, older rows of its keys may be gone`),
];

const dataOf = (pipeline: string, { scope, missing, missingFiles, running }: ResetLook): object => ({
  ...{ pipeline, table: scope.table, tables: scope.tables, topics: [...scope.topics, ...scope.redriveTopics] },
  ...{ groups: scope.groups.map(({ group }) => group), inputs: scope.inputs, compacted: scope.compacted },
  ...{ missing, missingFiles, running },
});
