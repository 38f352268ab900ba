import { MedallionError } from '@medallion/core';
import type { FilesPlan, FlowPlan, StreamingTablePlan } from '@medallion/pipeline';
import { AddedColumns } from '../files/added-columns.ts';
import { Discovery } from '../files/discovery.ts';
import { FileEnds } from '../files/file-ends.ts';
import { fileRecordReader } from '../files/file-rows.ts';
import { FilesFlow } from '../files/files-flow.ts';
import { groupOf } from '../gold/idleness.ts';
import type { FlowParts } from '../layer-parts.ts';
import type { RunningFlow } from '../supervise.ts';
import { ensurePipelineTopics } from '../topics.ts';
import { hasEnded } from './ending.ts';
import { finishedFlow, running, subscribeTo } from './running.ts';

/** How often a folder is looked at. */
const DISCOVER_EVERY_MS = 1_000;

/** files → rows → steps → encode → log; see FilesFlow. */
export async function startFiles(
  table: StreamingTablePlan,
  flow: FlowPlan,
  source: FilesPlan,
  parts: FlowParts,
): Promise<RunningFlow> {
  const { plan, log, codecs, clock, files, logger, metrics, progress, settings, decisions } = parts;
  if (files === undefined) {
    const problems = `LANDING_URL: not set, and ${flow.name} reads files from "${source.path}"`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  await ensurePipelineTopics(plan, log);
  const group = groupOf(plan, flow.name);
  if (flow.once && (await hasEnded(log, group, source.filesTopic))) return finishedFlow();
  await decisions.load();
  const appender = await log.appender();
  const finder = await log.appender();
  const columns = source.evolution === 'add_new_columns' ? await log.appender() : null;
  const added =
    columns === null ? null : await AddedColumns.open({ source, table, log, codecs, appender: columns, logger });
  const encoder = added?.encoder ?? (await codecs.encoder(table.topic, table.schema));
  const until = flow.once ? 'once' : settings.until;
  const everyMs = Math.min(DISCOVER_EVERY_MS, settings.discoverEveryMs ?? DISCOVER_EVERY_MS);
  const handler = new FilesFlow(table, flow, {
    ...{ source, rows: fileRecordReader, encoder, added, files, log, appender, group, clock, logger },
    discovery: new Discovery({ source, files, appender: finder, logger, clock, everyMs }),
    ends: until === undefined ? null : new FileEnds(until, source, log, group),
    skipped: (at, offset) => decisions.skipped(at, offset),
    metrics: metrics.flow({ pipeline: plan.name, table: flow.name }),
    progress: progress(flow.name),
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  const { until: _, ...options } = subscribeTo(group, [source.filesTopic], parts);
  const started = await running(log, options, handler, async () => {
    await Promise.all([appender.close(), finder.close(), columns?.close()]);
  });
  return until === undefined ? started : { ...started, finished: handler.finished };
}
