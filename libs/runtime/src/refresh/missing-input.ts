import type { Offset, RecordLog } from '../ports/index.ts';

/** Records that a rebuild would need and that are gone: those before `low`. */
export type MissingRange = { readonly topic: string; readonly partition: number; readonly low: Offset };

/** What retention has removed of the topics. */
export async function missingOf(log: RecordLog, topics: readonly string[]): Promise<readonly MissingRange[]> {
  const each = await Promise.all(
    topics.map(async (topic) =>
      ((await log.partitions(topic)) ?? [])
        .filter(({ low }) => low > 0)
        .map(({ partition, low }) => ({ topic, partition, low })),
    ),
  );
  return each.flat();
}

/** As a person reads it. */
export const missingText = (missing: readonly MissingRange[]): string =>
  missing.map(({ topic, partition, low }) => `${topic}[${partition}] offsets 0 to ${low - 1}`).join(', ');
