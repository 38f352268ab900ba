import { MedallionError } from '@medallion/core';
import type { FilesPlan, FlowPlan, KeyedTablePlan, SourcePlan } from '@medallion/pipeline';
import { groupOf } from '../gold/idleness.ts';
import { SnapshotDiscovery } from '../keyed/snapshot-discovery.ts';
import { SnapshotFlow } from '../keyed/snapshot-flow.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics } from '../topics.ts';
import { keyedParts } from './keyed-parts.ts';
import { running, subscribeTo } from './running.ts';
import { joinedTables } from './start-streaming.ts';

/** How often a folder is looked at. */
const DISCOVER_EVERY_MS = 1_000;

/** states of files → rows → steps → what changed → changelog; see SnapshotFlow. */
export async function startSnapshot(
  table: KeyedTablePlan,
  flow: FlowPlan,
  source: Extract<SourcePlan, { kind: 'snapshot' }>,
  parts: FlowParts,
): Promise<RunningFlow> {
  const { plan, log, clock, files, logger, metrics, progress, settings, decisions } = parts;
  if (files === undefined) {
    const problems = `LANDING_URL: not set, and ${flow.name} reads files from "${source.path}"`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  await ensurePipelineTopics(plan, log);
  await decisions.load();
  const tables = await joinedTables(flow, parts);
  const group = groupOf(plan, flow.name);
  const keyed = await keyedParts(table, flow, parts);
  const ends = settings.until !== undefined || flow.once;
  const filesPlan = asFiles(source, table.keys[0] as string);
  const everyMs = Math.min(DISCOVER_EVERY_MS, settings.discoverEveryMs ?? DISCOVER_EVERY_MS);
  const { appender } = keyed;
  const handler = new SnapshotFlow(table, flow, {
    ...keyed,
    source: filesPlan,
    discovery: new SnapshotDiscovery({ source: filesPlan, files, appender, clock, everyMs }),
    ...{ files, tables, log, group, clock, logger, ends },
    skipped: (at, offset) => decisions.skipped(at, offset),
    made: () => progress(flow.name).made(),
    metrics: metrics.flow({ pipeline: plan.name, table: flow.name }),
    progress: progress(flow.name),
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  const { until: _, ...options } = subscribeTo(group, [source.filesTopic], parts);
  const started = await running(log, options, handler, () => appender.close());
  return ends ? { ...started, finished: handler.finished } : started;
}

/** Rows of a snapshot are read as those of files are, and what nobody declared is left out. */
const asFiles = (source: Extract<SourcePlan, { kind: 'snapshot' }>, key: string): FilesPlan => ({
  ...source,
  kind: 'files',
  evolution: 'rescue',
  key,
  partitions: 1,
  readers: 1,
});
