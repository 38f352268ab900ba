import { assertNever, messageOf } from '@medallion/core';
import { type FlowPlan, flowsOf, type Layer, type TablePlan } from '@medallion/pipeline';
import { FlowDecisions } from './decisions/flow-decisions.ts';
import { declareFlow, declareGold } from './declared-metrics.ts';
import { withoutErased } from './erase/without-erased.ts';
import { startFiles } from './flows/start-files.ts';
import { startGold } from './flows/start-gold.ts';
import { startKeyed } from './flows/start-keyed.ts';
import { startStreaming } from './flows/start-streaming.ts';
import type { FlowParts, LayerParts, LayerSettings } from './layer-parts.ts';
import { backfilledFlow, type RedrivenFlow, redrivenFlow } from './redrive/redriven-flow.ts';
import { runRedrives } from './redrive/run-redrives.ts';
import { StopLog } from './stops/stop-log.ts';
import { DimensionTables } from './streaming/dimension-tables.ts';
import { type Patience, type RunningFlow, supervise } from './supervise.ts';

/**
 * Runs one layer of a pipeline: each flow of a table on its own, all gold tables as one. `done` resolves when all of them
 * have ended. With `settings.until` they end once they have processed what was there, each after those that it reads;
 * then, and in development, `done` rejects with the error of a flow that could not go on.
 */
export function runLayer(layer: Layer, given: LayerParts): RunningFlow {
  const { plan, log, codecs, settings } = given;
  const limit = plan.workers === undefined ? {} : { maxWorkers: plan.workers.max };
  const { clock, owner, logger } = given;
  const stops = new StopLog({ pipeline: plan.name, log, clock, owner, logger });
  const parts = { ...given, log: withoutErased(log, plan, codecs), settings: { ...settings, ...limit }, stops };
  const dimensions = new DimensionTables(parts);
  const flows = layer === 'gold' ? [goldFlow(parts)] : tableFlows(layer, parts, dimensions);
  const done = ended(flows, parts).finally(() => Promise.all([dimensions.close(), stops.settled()]));
  done.catch(() => {}); // whoever never looks at `done` must not end the process
  return {
    done,
    stop: async () => {
      await Promise.all(flows.map((each) => each.stop()));
      await Promise.all([dimensions.close(), stops.settled()]);
    },
  };
}

/** The parts of a layer, and where its flows note that they have stopped. */
type WatchedParts = LayerParts & { readonly stops: StopLog };

/** Resolves when all have ended. In development at the first error, else with the first error when all others are done. */
function ended(flows: readonly RunningFlow[], { plan }: LayerParts): Promise<void> {
  return plan.development
    ? Promise.all(flows.map((each) => each.done)).then(() => {})
    : Promise.allSettled(flows.map((each) => each.done)).then((results) => {
        const failed = results.find((result) => result.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      });
}

function goldFlow(parts: WatchedParts): RunningFlow {
  declareGold(parts.metrics, parts.plan);
  return flow('gold', () => startGold(parts), parts);
}

function tableFlows(layer: Layer, parts: WatchedParts, dimensions: DimensionTables): readonly RunningFlow[] {
  const running = new Map<string, RunningFlow[]>();
  const originals: RunningFlow[] = [];
  const over = Promise.withResolvers<void>();
  // Tables come after those that they read.
  for (const table of parts.plan.tables)
    for (const each of flowsOf(table).filter((of) => serviceOf(of) === layer)) {
      declareFlow(parts.metrics.flow({ pipeline: parts.plan.name, table: each.name }), table, each);
      const decisions = new FlowDecisions(parts.plan.name, each.name, parts.log);
      const before = parts.settings.until === undefined ? [] : readBy(each).flatMap((name) => running.get(name) ?? []);
      const start = async () => {
        // A flow that ends must not end before those that write what it reads.
        await Promise.all(before.map((one) => one.done.catch(() => {})));
        return startFlow(table, each, { ...parts, dimensions, decisions });
      };
      const original = flow(each.name, start, parts, decisions);
      originals.push(original);
      const flows = [original];
      for (const beside of [redrivenFlow(parts.plan, each), backfilledFlow(parts.plan, table, each)])
        if (beside !== null) flows.push(redrives(table, beside, { ...parts, dimensions }, before, over.promise));
      running.set(table.name, [...(running.get(table.name) ?? []), ...flows]);
    }
  void Promise.allSettled(originals.map(({ done }) => done)).then(() => over.resolve());
  return [...running.values()].flat();
}

/** What processes again what a flow refused, or what a backfill brings to it, whenever there is something. */
function redrives(
  table: TablePlan,
  redriven: RedrivenFlow,
  parts: Omit<FlowParts, 'decisions'> & WatchedParts,
  before: readonly RunningFlow[],
  over: Promise<void>,
): RunningFlow {
  const { name } = redriven.flow;
  const decisions = new FlowDecisions(parts.plan.name, name, parts.log);
  const settings: LayerSettings = { ...parts.settings, until: 'caught up' };
  const start = () => startRedriven(table, redriven, { ...parts, settings, decisions });
  // A flow that starts makes a service not ready, and a redrive is none of its readers' business.
  return runRedrives(redriven, () => flow(name, start, parts, decisions, false), parts, { before, over });
}

/** The tables of the engine that a flow reads. */
const readBy = ({ source, steps }: FlowPlan): readonly string[] => [
  ...(source.kind === 'table' ? [source.table] : []),
  ...steps.flatMap((step) => (step.kind === 'join' ? [step.table] : [])),
];

function flow(
  name: string,
  start: () => Promise<RunningFlow>,
  { plan, logger, metrics, progress, report, sleep, timer, settings, stops }: WatchedParts,
  decisions?: FlowDecisions,
  announced = true,
): RunningFlow {
  const joining = {
    code: 'MED_FLOW_STARTING',
    message: `${name} has not joined its group yet`,
    remedy: 'nothing to do',
  };
  const counts = metrics.flow({ pipeline: plan.name, table: name });
  if (announced) {
    counts.running(false);
    report(name, { ok: false, ...joining });
  }
  const patience: Patience = plan.development ? 'none' : settings.until === undefined ? 'endless' : 'retries';
  return supervise(start, {
    name,
    logger,
    report: (condition) => {
      // A flow that waits to be started again is not stuck.
      if (!condition.ok) progress(name).idle();
      counts.running(condition.ok);
      report(name, condition);
      stops.tell(name, condition);
    },
    restarted: () => counts.restarted(),
    patience,
    ...(decisions === undefined
      ? {}
      : {
          decided: (failure, signal) =>
            decisions.awaited(failure, signal, sleep, (error) =>
              logger.debug({ flow: name, reason: messageOf(error) }, 'decisions cannot be read; trying again'),
            ),
        }),
    sleep,
    ...(timer === undefined ? {} : { timer }),
  });
}

/** bronze-ingest runs what reads the world outside, silver-enrich what reads tables of the engine. */
const serviceOf = ({ source }: FlowPlan): Layer => (source.kind === 'table' ? 'silver' : 'bronze');

/** A flow of the same kind as the original, over what was redriven. */
function startRedriven(table: TablePlan, redriven: RedrivenFlow, parts: FlowParts): Promise<RunningFlow> {
  switch (table.kind) {
    case 'streaming_table':
      return startStreaming(table, redriven.flow, parts, redriven);
    case 'keyed_table':
      return startKeyed(table, redriven.flow, parts, redriven);
    default:
      throw new Error(`invariant violated: no flow writes to ${table.name}, a ${table.kind}`);
  }
}

/** Each kind of flow is a file of its own. */
function startFlow(table: TablePlan, flow: FlowPlan, parts: FlowParts): Promise<RunningFlow> {
  switch (table.kind) {
    case 'streaming_table':
      return flow.source.kind === 'files'
        ? startFiles(table, flow, flow.source, parts)
        : startStreaming(table, flow, parts);
    case 'keyed_table':
      return startKeyed(table, flow, parts);
    case 'view':
    case 'materialized_view':
    case 'relational_view':
    case 'change_feed':
      throw new Error(`invariant violated: no flow writes to ${table.name}, a ${table.kind}`);
    default:
      return assertNever(table, 'table');
  }
}
