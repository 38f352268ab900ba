import { assertNever } from '@medallion/core';
import { type FlowPlan, flowsOf, type Layer, type TablePlan } from '@medallion/pipeline';
import { startGold } from './flows/start-gold.ts';
import { startStreaming } from './flows/start-streaming.ts';
import type { LayerParts } from './layer-parts.ts';
import { type RunningFlow, supervise } from './supervise.ts';

/** Runs one layer of a pipeline until it is stopped: each flow of a table on its own, all gold tables as one. */
export function runLayer(layer: Layer, parts: LayerParts): RunningFlow {
  const flows =
    layer === 'gold'
      ? [flow('gold', () => startGold(parts), parts)]
      : parts.plan.tables.flatMap((table) =>
          flowsOf(table)
            .filter((each) => serviceOf(each) === layer)
            .map((each) => flow(each.name, () => startFlow(table, each, parts), parts)),
        );
  return {
    done: Promise.all(flows.map((each) => each.done)).then(() => {}),
    stop: async () => void (await Promise.all(flows.map((each) => each.stop()))),
  };
}

function flow(
  name: string,
  start: () => Promise<RunningFlow>,
  { plan, logger, metrics, progress, report, sleep }: LayerParts,
): RunningFlow {
  const joining = {
    code: 'MED_FLOW_STARTING',
    message: `${name} has not joined its group yet`,
    remedy: 'nothing to do',
  };
  report(name, { ok: false, ...joining });
  return supervise(start, {
    name,
    logger,
    report: (condition) => {
      // A flow that waits to be started again is not stuck.
      if (!condition.ok) progress(name).idle();
      report(name, condition);
    },
    restarted: () => metrics.flow({ pipeline: plan.name, table: name }).restarted(),
    sleep,
  });
}

/** bronze-ingest runs what reads the world outside, silver-enrich what reads tables of the engine. */
const serviceOf = ({ source }: FlowPlan): Layer => (source.kind === 'table' ? 'silver' : 'bronze');

/** Each kind of flow is a file of its own. */
function startFlow(table: TablePlan, flow: FlowPlan, parts: LayerParts): Promise<RunningFlow> {
  switch (table.kind) {
    case 'streaming_table':
      return startStreaming(table, flow, parts);
    case 'keyed_table':
    case 'view':
    case 'materialized_view':
    case 'relational_view':
    case 'change_feed':
      throw new Error(`invariant violated: no flow writes to ${table.name}, a ${table.kind}`);
    default:
      return assertNever(table, 'table');
  }
}
